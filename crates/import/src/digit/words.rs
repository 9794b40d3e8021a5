//! What the usual DIGIT words are in Chinese. A word that is not here stands for itself; the English title is always
//! the word as DIGIT has it.

use onething_engine::Title;

/// Longest title of the format, in characters.
const TITLE_CHARS_MAX: usize = 500;

/// Words without their separators, in capitals.
const WORDS: &[(&str, &str)] = &[
    ("ADHOC", "临时调整"),
    ("APPLIED", "已申请"),
    ("APPLY", "申请"),
    ("APPROVALPENDING", "待审批"),
    ("APPROVE", "批准"),
    ("APPROVED", "已批准"),
    ("ASSIGN", "分派"),
    ("ASSIGNED", "已分派"),
    ("CANCEL", "取消"),
    ("CANCELED", "已取消"),
    ("CANCELLED", "已取消"),
    ("CITIZENACTIONPENDING", "待申请人处理"),
    ("CITIZENACTIONREQUIRED", "待申请人处理"),
    ("CITIZENAPPROVALPENDING", "待申请人确认"),
    ("CITIZENFEEDBACKPENDING", "待申请人评价"),
    ("CLOSE", "关闭"),
    ("CLOSED", "已关闭"),
    ("COMMENT", "留言"),
    ("COMPLETE", "完成"),
    ("COMPLETED", "已完成"),
    ("CORRECTIONPENDING", "待更正"),
    ("CREATE", "新建"),
    ("CREATED", "已新建"),
    ("DOCUMENTVERIFY", "材料核验"),
    ("DOCVERIFICATIONPENDING", "待核验材料"),
    ("DOCVERIFIED", "材料已核验"),
    ("EDIT", "修改"),
    ("EXPIRE", "失效"),
    ("EXPIRED", "已失效"),
    ("FIELDINSPECTION", "现场勘查"),
    ("FIELDINSPECTIONPENDING", "待现场勘查"),
    ("FIELDVERIFIED", "现场已核验"),
    ("FORWARD", "转办"),
    ("INITIATE", "发起"),
    ("INITIATED", "已发起"),
    ("INPROGRESS", "办理中"),
    ("OPEN", "打开"),
    ("PAY", "缴费"),
    ("PAYMENTPENDING", "待缴费"),
    ("PENDINGAPPROVAL", "待审批"),
    ("PENDINGATLME", "待一线处理"),
    ("PENDINGFEEPAYMENT", "待缴费"),
    ("PENDINGFORASSIGNMENT", "待分派"),
    ("PENDINGFORREASSIGNMENT", "待重新分派"),
    ("PENDINGPAYMENT", "待缴费"),
    ("RATE", "评价"),
    ("REASSIGN", "重新分派"),
    ("REFER", "转请会商"),
    ("REJECT", "驳回"),
    ("REJECTED", "已驳回"),
    ("REOPEN", "重新打开"),
    ("RESOLVE", "办结"),
    ("RESOLVED", "已办结"),
    ("RESUBMIT", "重新提交"),
    ("REVOCATE", "撤销"),
    ("REVOCATED", "已撤销"),
    ("SCHEDULE", "排期"),
    ("SENDBACK", "退回"),
    ("SENDBACKTOCITIZEN", "退回申请人"),
    ("SENDTOCITIZEN", "送申请人确认"),
    ("SKIPPAYMENT", "免缴"),
    ("START", "提交申请"),
    ("SUBMIT", "提交"),
    ("VERIFY", "核验"),
];

/// A DIGIT word in both languages.
pub(super) fn title(word: &str) -> Title {
    let clipped: String = word.trim().chars().take(TITLE_CHARS_MAX).collect();
    let key: String = word.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_uppercase();
    let zh = WORDS.binary_search_by(|(known, _)| (*known).cmp(key.as_str())).ok().map(|at| WORDS[at].1);
    Title::new(zh.map_or_else(|| clipped.clone(), str::to_owned), clipped.clone())
}

#[cfg(test)]
mod tests {
    use super::{WORDS, title};

    #[test]
    fn the_words_are_in_order_and_found_however_they_are_written() {
        assert!(WORDS.is_sorted_by(|a, b| a.0 < b.0));
        for written in ["SENDBACK", "SEND_BACK", "send-back"] {
            assert_eq!(title(written).zh, "退回");
            assert_eq!(title(written).en, written);
        }
        assert_eq!(title("ASSING_DSO").zh, "ASSING_DSO");
    }
}

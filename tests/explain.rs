//! `onething explain` and `onething draw --critical` as a user meets them.

use serde_json::{Value, json};

use crate::cli::{Place, code, onething, parsed, text};

/// The explanation of a package as JSON.
fn explained(arguments: &[&str]) -> Value {
    let output = onething(&[&["explain", "--json"], arguments].concat());
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    parsed(&output)
}

#[test]
fn the_json_holds_the_figures_and_the_dates() {
    let said = explained(&["open-company"]);
    for (nth, measure, before, after) in [
        (0, "steps", 8, json!(null)),
        (1, "materials", 23, json!(4.0)),
        (2, "days", 9, json!(0.5)),
        (3, "trips", 7, json!(null)),
    ] {
        let reduction = &said["reductions"][nth];
        assert_eq!(reduction["measure"], measure);
        assert_eq!(reduction["before"]["computed"], json!(f64::from(before)), "{measure}");
        assert_eq!(reduction["before"]["published"], json!(f64::from(before)), "{measure}");
        assert_eq!(reduction["after"]["computed"], after, "{measure}");
    }
    let schedule = &said["schedule"];
    assert_eq!((&schedule["accepted"], &schedule["total_days"]), (&json!("2026-04-13T09:00:00+08:00"), &json!(0.375)));
    let critical: Vec<&Value> =
        schedule["steps"].as_array().unwrap().iter().filter(|step| step["critical"] == true).collect();
    assert_eq!(critical.len(), 2);
    assert_eq!((&critical[0]["id"], &critical[0]["begins"]), (&json!("company-registration"), &schedule["accepted"]));
    assert_eq!((&critical[0]["ends"], &critical[1]["ends"]), (&critical[1]["begins"], &schedule["ends"]));
    let licence = said["materials"].as_array().unwrap().iter().find(|it| it["id"] == "business_licence").unwrap();
    assert_eq!((&licence["origin"]["from"], &licence["brought"]), (&json!("result"), &json!(false)));
    let fewer = explained(&["open-company", "--answer", "carve_physical_seal=no", "--answer", "employs_now=否"]);
    assert_eq!(fewer["reductions"][1]["before"]["computed"], json!(18.0));
    let seal = fewer["questions"].as_array().unwrap().iter().find(|it| it["id"] == "carve_physical_seal").unwrap();
    assert_eq!((&seal["answer"], &seal["given"]), (&json!(false), &json!(true)));
}

#[test]
fn the_table_says_it_in_both_languages() {
    let output = onething(&["explain", "workflows/packages/open-restaurant.json", "--start", "2026-04-30T09:00"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let said = text(&output.stdout);
    // Five days of holiday lie between; the Saturday after them is worked.
    for word in ["开办餐饮店", "Open a restaurant", "四减", "77.4%", "★ 关键", "2026-05-12 17:", "一套材料", "一张表"]
    {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn what_is_wrong_is_said_with_a_guess_and_an_exit_code() {
    for (arguments, exit, hint) in [
        (&["open-compny"][..], 1, "open-company"),
        (&["open-company", "--answer", "employs_nwo=true"], 1, "employs_now"),
        (&["open-company", "--answer", "employs_now=maybe"], 1, "true"),
        (&["open-company", "--answer", "premises_kind=ownde"], 1, "owned"),
        (&["open-company", "--answer", "employs_now"], 2, "QUESTION=VALUE"),
        (&["open-company", "--start", "noon"], 2, "2026-04-13T09:00"),
        (&["open-company", "--start", "2090-04-13T09:00"], 3, "2090"),
        (&["nowhere.json"], 3, "nowhere.json"),
    ] {
        let output = onething(&[&["explain"], arguments].concat());
        assert_eq!(code(&output), exit, "{arguments:?}");
        assert!(text(&output.stderr).contains(hint), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{arguments:?}");
        let told = onething(&[&["explain", "--json"], arguments].concat());
        assert!(code(&told) == exit && parsed(&told)["error"]["message"]["zh"].is_string(), "{arguments:?}");
    }
}

#[test]
fn the_page_is_whole_and_no_title_breaks_out_of_it() {
    let place = Place::new();
    let hostile = |id: &str| json!({"zh": format!("{id}<script>坏</script>&\"'"), "en": format!("</table>{id}<b>")});
    let file = std::fs::read_to_string("workflows/matters/bank-account-booking.json").unwrap();
    let mut file: Value = serde_json::from_str(&file).unwrap();
    file["title"] = hostile("title");
    file["department"] = hostile("department");
    for list in ["fields", "materials"] {
        file[list].as_array_mut().unwrap().iter_mut().for_each(|item| item["title"] = hostile(list));
    }
    let wrong = place.file("bank-account-booking.json", file.to_string().as_bytes());
    for package in [wrong.as_str(), "open-company", "government-project"] {
        let to = place.name("page.html");
        let output = onething(&["explain", package, "--html", &to]);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        let page = std::fs::read_to_string(&to).unwrap();
        let count = |what: &str| page.matches(what).count();
        assert_eq!(count("<script") + count("<b>") + count("src=") + count("http") + count("@import"), 0, "{package}");
        assert_eq!((count("<table "), count("<main")), (count("</table>"), 1));
        assert_eq!(count("<caption>"), count("<table "), "every table says what it is");
        let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let once: std::collections::BTreeSet<&&str> = ids.iter().collect();
        assert_eq!(once.len(), ids.len(), "{package}: every id is the only one, or links and pictures miss their goal");
        for goal in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(ids.contains(&goal), "{package}: {goal}");
        }
        assert_eq!(count("class=\"sheet\""), count("role=\"img\" aria-label="), "every picture says what it shows");
        for tag in ["section", "tr", "td", "th", "svg", "figure", "ul", "li", "span", "div"] {
            let opened = count(&format!("<{tag}>")) + count(&format!("<{tag} "));
            assert_eq!(opened, count(&format!("</{tag}>")), "{package}: {tag}");
        }
        assert!(count("lang=\"zh-CN\"") == 1 && count("lang=\"en\"") > 20 && count("@page") == 1, "{package}");
        assert_eq!(count("&lt;script&gt;") > 0, package == wrong, "{package}");
    }
}

#[test]
fn the_critical_path_is_marked_on_the_picture() {
    let package = "workflows/packages/open-restaurant.json";
    for (format, word) in [("svg", ">关键<"), ("dot", "【关键】"), ("mermaid", "【关键】")] {
        let output = onething(&["draw", package, "--critical", "--format", format]);
        let picture = text(&output.stdout);
        assert!(code(&output) == 0 && picture.contains(word), "{format}: {}", text(&output.stderr));
        assert!(picture.contains("2026-04-13 09:00"), "{format}: since when");
    }
    assert_eq!(code(&onething(&["draw", package, "--answer", "outdoor_sign=true"])), 2, "it needs --critical");
}

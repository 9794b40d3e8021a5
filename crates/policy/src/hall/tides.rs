//! Tidal windows are asked for and drained.

use super::Hall;
use crate::act::{Act, Alarm};
use crate::ids::{CampaignId, WindowId};
use crate::tide::{ForecastStep, Load, Tide, Verdict};
use crate::window::{After, Seat, Window};

impl Hall {
    /// Judges every tide; called once a minute, so at most one window a minute is asked for or drained for each.
    pub(super) fn judge_tides(&mut self, acts: &mut Vec<Act>) {
        for tide in 0..self.tides.len() {
            self.expire_answers(tide, acts);
            let load = self.tide_load(&self.tides[tide]);
            // Whom a window could be had from is only looked for when one is wanted, and likewise which could close.
            let (mut candidate, mut closable) = (None, None);
            let mut tides = std::mem::take(&mut self.tides);
            let can_open = |tide: &Tide| {
                candidate = self.candidate(tide).and_then(|window| Some((window, self.spare(tide)?)));
                candidate.is_some()
            };
            let can_close = |tide: &Tide| {
                closable = self.closable(tide);
                closable.is_some()
            };
            let verdict = tides[tide].judge(self.now_ms, load, can_open, can_close);
            self.tides = tides;
            match verdict {
                Verdict::Stay => {}
                Verdict::AtMaximum => {
                    let campaign = self.tides[tide].config.campaign;
                    acts.push(Act::Alarm(Alarm::TideAtMaximum { campaign }));
                }
                Verdict::Open => {
                    let Some((window, lender)) = candidate else { continue };
                    self.tides[tide].asked.insert(window.clone(), self.now_ms);
                    let lender_id = lender.map(|at| self.window_id(at));
                    let campaign = self.tides[tide].config.campaign;
                    acts.push(Act::OpenTidal { campaign, window, lender: lender_id });
                    if let Some(at) = lender {
                        acts.push(Act::Drain { window: self.window_id(at) });
                        self.close_when_free(at, acts);
                    }
                }
                Verdict::Close => {
                    let Some(at) = closable else { continue };
                    acts.push(Act::Drain { window: self.window_id(at) });
                    self.close_when_free(at, acts);
                }
            }
        }
    }

    /// Somebody, or a task, joined a queue that a tide may fill.
    #[inline]
    pub(super) fn count_arrival(&mut self, queue: usize) {
        for &tide in &self.queues[queue].tides {
            self.tides[tide].arrived(self.now_ms, 1);
        }
    }

    /// What weighs on the queue of a tide: who waits, and the windows that serve it or have been asked for.
    pub(super) fn tide_load(&self, tide: &Tide) -> Load {
        let asked = tide.asked.len();
        let own = self.windows_of_tide(tide).filter(|(_, it)| it.serves()).count() + asked;
        let Some(&at) = self.queue_index.get(&tide.config.queue) else {
            return Load { waiting: 0, windows: asked, own };
        };
        let queue = &self.queues[at];
        let serving = self.windows_of(queue).filter(|it| it.serves()).count();
        Load { waiting: queue.waiting, windows: serving + asked, own }
    }

    /// The first window of the tide that is closed, not asked for, and not declined lately.
    fn candidate(&self, tide: &Tide) -> Option<WindowId> {
        let closed = |id: &&WindowId| self.window_index.get(*id).is_none_or(|&at| !self.windows[at].is_open());
        let free = |id: &&WindowId| !tide.asked.contains_key(*id) && !tide.declined.contains_key(*id);
        tide.config.windows.iter().filter(closed).find(free).cloned()
    }

    /// Who can be spared for a window of the tide: `Some(None)` when people come from elsewhere, `None` when no group
    /// has more than it must keep. Rather somebody idle, else whoever has been at it longest.
    fn spare(&self, tide: &Tide) -> Option<Option<usize>> {
        let groups = &tide.config.lend;
        if groups.is_empty() {
            return Some(None);
        }
        let spare = groups.iter().find_map(|group| {
            let known = group.windows.iter().filter_map(|id| self.window_index.get(id).copied());
            let serving: Vec<usize> = known.filter(|&at| self.windows[at].serves()).collect();
            let first = serving.iter().copied().min_by_key(|&at| {
                let it = &self.windows[at];
                (!matches!(it.seat, Seat::Idle(_)), it.since_ms, at)
            });
            first.filter(|_| serving.len() > group.keep)
        });
        spare.map(Some)
    }

    /// The window to close first: one that has been open long enough, rather an idle one, rather the one open longest.
    fn closable(&self, tide: &Tide) -> Option<usize> {
        let open_min_ms = tide.open_min_ms(self.now_ms);
        let long_enough = |opened_ms: i64| self.now_ms.saturating_sub(opened_ms) >= open_min_ms;
        let may_close = |it: &Window| it.is_open() && it.after != After::Close && long_enough(it.opened_ms);
        self.windows_of_tide(tide)
            .filter(|(_, it)| may_close(it))
            .min_by_key(|(at, it)| (!matches!(it.seat, Seat::Idle(_)), it.opened_ms, *at))
            .map(|(at, _)| at)
    }

    /// The windows last opened for the tide, closed ones too.
    pub(super) fn windows_of_tide(&self, tide: &Tide) -> impl Iterator<Item = (usize, &Window)> {
        let windows = self.tidal.iter().map(|&at| (at, &self.windows[at]));
        windows.filter(|(_, it)| it.is_of(&tide.config.campaign))
    }

    fn expire_answers(&mut self, tide: usize, acts: &mut Vec<Act>) {
        let tide = &mut self.tides[tide];
        for window in tide.expire(self.now_ms) {
            acts.push(Act::Alarm(Alarm::TideUnanswered { campaign: tide.config.campaign, window }));
        }
    }

    /// A window that was asked for has opened.
    pub(super) fn answer(&mut self, window: &WindowId) {
        for tide in self.tides.iter_mut().filter(|tide| tide.has_asked()) {
            tide.asked.remove(window);
            tide.declined.remove(window);
        }
    }

    pub(super) fn decline(&mut self, window: &WindowId) {
        for tide in &mut self.tides {
            if tide.asked.remove(window).is_some() {
                tide.declined.insert(window.clone(), self.now_ms);
            }
        }
    }

    pub(super) fn change_forecast(&mut self, campaign: &CampaignId, forecast: Vec<ForecastStep>) {
        if let Some(tide) = self.tides.iter_mut().find(|it| it.config.campaign == *campaign) {
            tide.set_forecast(forecast);
        }
    }
}

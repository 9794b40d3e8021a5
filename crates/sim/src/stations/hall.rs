//! The hall of the worker as the rule of one station: customers are tickets, servers are windows.

use onething_policy::{Act, Class, ConfigError, Hall, HallConfig, Signal, Skill, TicketId, WindowId, WindowKind, Work};

use super::discipline::{Discipline, Start};

/// Ageing that never comes to anything: classes are strict, as in the textbook.
const NEVER_MS: i64 = i64::MAX / 4;

/// One queue of a hall.
pub struct HallDesk {
    hall: Hall,
    queue: Skill,
    acts: Vec<Act>,
}

impl HallDesk {
    /// An empty hall with one queue in which up to `room` may wait.
    ///
    /// # Errors
    /// The hall takes no such bound.
    pub fn new(room: usize) -> Result<Self, ConfigError> {
        let mut config = HallConfig::illustrative();
        (config.ageing_ms, config.ticket_cutoff_ms) = (NEVER_MS, 0);
        config.queue_default.length_max = room;
        config.overtime = false;
        Ok(Self { hall: Hall::new(config)?, queue: "hall".into(), acts: Vec::new() })
    }

    /// Tells the hall something; false when it refuses.
    fn tell(&mut self, now_ms: i64, signal: Signal, starts: &mut Vec<Start>) -> bool {
        self.acts.clear();
        self.hall.on_into(now_ms, signal, &mut self.acts);
        let mut taken = true;
        for act in &self.acts {
            match act {
                Act::Call { window, ticket, .. } => {
                    let customer = ticket.number().and_then(|customer| u32::try_from(customer).ok());
                    let (server, customer) = (window.number().unwrap_or(u32::MAX), customer.unwrap_or(u32::MAX));
                    starts.push(Start { server, customer });
                }
                Act::Refused { .. } => taken = false,
                _ => {}
            }
        }
        taken
    }
}

impl Discipline for HallDesk {
    fn open(&mut self, now_ms: i64, server: u32, starts: &mut Vec<Start>) {
        let window = WindowId::numbered(server);
        let (kind, skills) = (WindowKind::Comprehensive, [self.queue].into());
        self.tell(now_ms, Signal::WindowOpened { window, kind, skills, shift_ends_ms: None }, starts);
    }

    fn close(&mut self, now_ms: i64, server: u32) {
        let window = WindowId::numbered(server);
        self.tell(now_ms, Signal::WindowClosing { window }, &mut Vec::new());
    }

    fn arrive(&mut self, now_ms: i64, customer: u32, class: u8, starts: &mut Vec<Start>) -> bool {
        let (ticket, queue) = (TicketId::numbered(customer.into()), self.queue);
        let class = Class::new(class).unwrap_or(Class::WALK_IN);
        self.tell(now_ms, Signal::TicketTaken { ticket, queue, class, appointment_ms: None }, starts)
    }

    fn leave(&mut self, now_ms: i64, customer: u32) {
        let ticket = TicketId::numbered(customer.into());
        self.tell(now_ms, Signal::TicketWithdrawn { ticket }, &mut Vec::new());
    }

    fn finish(&mut self, now_ms: i64, server: u32, customer: u32, starts: &mut Vec<Start>) {
        let (window, work) = (WindowId::numbered(server), Work::Ticket(TicketId::numbered(customer.into())));
        self.tell(now_ms, Signal::ServiceFinished { window, work }, starts);
    }
}

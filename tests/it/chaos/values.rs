//! What SmartServers of the deterministic profile must answer: a function of point and sequence.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use nocgate::simulator::{Mac, deterministic_value};

/// Seed of the fleet, as the simulator has it by default.
const SEED: u64 = 1;

/// A data point: name and format.
pub(super) type Point = (&'static str, &'static str);

/// Read together, so that all of them show the same sequence number: their values are alike at no two
/// numbers, nor those of two SmartServers.
pub(super) const READ: [Point; 5] = [
    ("Net/LON/Device 1/Block[0]/nvoTemp_2", "SNVT_temp_p"),
    ("Net/LON/Device 1/Block[0]/nvoTempF_4", "SNVT_temp_f"),
    ("Net/LON/Device 1/Block[0]/nvoPower_8", "SNVT_power"),
    ("Net/LON/Device 1/Block[1]/nvoEnergy_9", "SNVT_elec_kwh_l"),
    ("Net/LON/Device 3/Block[1]/nvoPulses32_21", "SNVT_count_32"),
];
/// Written by the client under test.
pub(super) const WRITTEN: &str = "Net/LON/Device 3/Block[1]/nviText_27";
/// Read and written by the gateway alone.
pub(super) const READ_BY_GATEWAY: Point = ("Net/LON/Device 5/Block[0]/nvoTempF_44", "SNVT_temp_f");
pub(super) const WRITTEN_BY_GATEWAY: &str = "Net/LON/Device 7/Block[1]/nviText_67";
/// Enough points for all of these.
pub(super) const POINTS: usize = 70;

/// Reads of one SmartServer's points.
#[derive(Debug)]
pub(super) struct Expected {
    mac: Mac,
    points: Vec<Point>,
    /// Reads that were begun: no sequence number is higher.
    begun: u64,
    /// Sequence numbers by their values, as far as was needed.
    numbers: HashMap<u64, u64>,
    known: u64,
    /// Numbers that a caller was told.
    told: HashSet<u64>,
}

impl Expected {
    pub(super) fn new(mac: Mac, points: &[Point]) -> Expected {
        let (numbers, told) = (HashMap::new(), HashSet::new());
        Expected { mac, points: points.to_vec(), begun: 0, numbers, known: 0, told }
    }

    /// A read is about to be sent.
    pub(super) fn begin(&mut self) {
        self.begun += 1;
    }

    /// The sequence number of an answer.
    ///
    /// # Errors
    /// Why the answer is wrong.
    pub(super) fn number(&mut self, values: &[String]) -> Result<u64, String> {
        while self.known <= self.begun {
            let of = |(name, format): &Point| deterministic_value(SEED, self.mac, name, format, self.known);
            let values: Vec<String> = self.points.iter().map(|p| of(p).expect("a known format")).collect();
            self.numbers.insert(hash(&values), self.known);
            self.known += 1;
        }
        let number = self.numbers.get(&hash(values)).copied();
        number.ok_or_else(|| format!("{} cannot have answered {values:?} ({} reads)", self.mac, self.begun))
    }

    /// The same for a read that polled the device itself: nobody else may have got its answer.
    ///
    /// # Errors
    /// Why the answer is wrong.
    pub(super) fn own_number(&mut self, values: &[String]) -> Result<(), String> {
        let number = self.number(values)?;
        match self.told.insert(number) {
            true => Ok(()),
            false => Err(format!("the answer {number} of {} came to two callers", self.mac)),
        }
    }
}

fn hash(values: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    values.hash(&mut hasher);
    hasher.finish()
}

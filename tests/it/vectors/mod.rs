//! The test vectors of the SmartServer's interface, by their numbers, through the gateway's API, a real XMPP
//! server and a simulated SmartServer. Where the API has a call for it, that is used; where the form of a
//! message or of its answer is the point, the console.
//!
//! A vector has at least one test, named `vector_NN_…` (`numbers.rs` holds that); it runs on ejabberd, and
//! on Prosody too where the XMPP server makes a difference.
//!
//! Of 33, "a second identical push changes nothing" is shown for what a push says. That a repeated push is
//! no news either, neither to listeners nor for the time of arrival, is left to the work on pushes.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod alarms;
mod answer;
mod asking;
mod blocks;
mod delivery;
mod device;
mod devices;
mod faults;
mod inventory;
mod lists;
mod logs;
mod numbers;
mod priorities;
mod pushes;
mod reads;
mod system;
mod values;
mod writes;

/// Namespace of the SmartServer's messages.
const MESSAGE: &str = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";
const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

/// Asks the devices now.
const NOW: &[(&str, &str)] = &[("max_age_ms", "0")];

/// Of the deterministic profile.
const TEMP_WIDE: &str = "Net/LON/Device 2/Block[0]/nvoTempWide_10";
const SCENE: &str = "Net/LON/Device 2/Block[0]/nviScene_18";

//! What the history lacks after an outage, fetched from the SmartServers' own data loggers.

mod merge;
mod watch;

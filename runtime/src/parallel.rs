//! Sharing the work of one kernel among threads.

// Package desk hears people out: it takes the stored deliveries of one person in their order, has the dialogs answer each, makes the
// engine calls they describe, and ends the turn in one transaction. It is where ingest and conversation meet; it knows no
// conversation and no platform.
//
// A delivery is handled at least once and acts once: engine calls carry keys derived from it, and its messages are queued in the
// transaction that marks it done.
package desk

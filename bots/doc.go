// Package bots says what a messenger is, so that conversations need not know which one they run on.
//
// The way through it: an adapter (telegram, viber, …) receives a platform delivery and stores it unread as
// [Raw] through [Inbox]; the person's mailbox decodes it into an [Event]; a dialog answers with [Message]
// values; the outbox hands each to the adapter's [Sender], which fits it to the channel's [Capabilities]
// and reports one of a closed set of [Outcome] values.
//
// What else is here serves every adapter: the table of [Capabilities] ([CapabilitiesOf]), the text markup [Rich]
// with its renderings, [Mailboxes] that keep each person's events in order, and [Pacer] that decides when a bot may
// send.
//
// The package imports nothing of Kartka: adapters import it, dialogs import it, it imports nobody.
package bots

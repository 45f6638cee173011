// Package miniapp is the web that people hold: the guest's card and the scanner of staff, as Telegram Mini Apps and in any browser. Pages are made
// on the server from typed structs (package ui); what must work without a network, such as drawing the next code or keeping a sale, is in
// small scripts beside them.
//
// Whoever opens a page is known in one of two ways. A Mini App shows what Telegram signed (package initdata) and gets a session for the
// page's memory, sent as a bearer token. A browser follows a one-time link of the bot, or signs in with Telegram, and gets a session in a
// cookie that no script reads. A session says who somebody is and nothing else: card, role and place are looked up at every call.
package miniapp

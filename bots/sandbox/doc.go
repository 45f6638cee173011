// Package sandbox is a small world to run bots in: messengers emulated over real HTTP, a page with a phone for every
// person, and a driver for tests. Bots talk to it with their ordinary clients; only the address differs.
//
// A [Server] serves three things:
//
//   - the platforms: /sandbox/telegram/bot<token>/<method> is the Telegram Bot API (package telegram below this one);
//   - the people's side, JSON over HTTP under /sandbox/api/, described by GET /sandbox/api/;
//   - the chat page, /sandbox/, where a visitor plays everybody.
//
// On the page a Mini App of the same origin opens inside the phone, with genuinely signed initData, and is answered as Telegram Web
// answers: web/app.js is that side of the bridge. To the app the phone is an Android one, since desktops have no scanner; what it
// scans is any code that is clicked on the page, in a chat or, on an element with the attribute data-qr, in another phone's Mini App.
//
// [Driver] is the people's side in Go, for tests. Nothing here asks for a password: it belongs on loopback.
package sandbox

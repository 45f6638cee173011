// Package sandbox is a small world to run bots in: messengers emulated over real HTTP, a page with a phone for every
// person, and a driver for tests. Bots talk to it with their ordinary clients; only the address differs.
//
// A [Server] serves three things:
//
//   - the platforms: /sandbox/telegram/bot<token>/<method> is the Telegram Bot API (package telegram below this one);
//   - the people's side, JSON over HTTP under /sandbox/api/, described by GET /sandbox/api/;
//   - the chat page, /sandbox/, where a visitor plays everybody.
//
// [Driver] is the people's side in Go, for tests. Nothing here asks for a password: it belongs on loopback.
package sandbox

// Package telegram emulates the Telegram Bot API server and the people on its other side, in memory, over real HTTP.
//
// A [Server] is an http.Handler for two families of paths: bot<token>/<method> and file/bot<token>/<path>. It accepts
// what the official server accepts (query, urlencoded, JSON and multipart parameters, in any case of the method name)
// and answers in its shapes and words. What people do is a set of Go methods: [Server.Start], [Server.SendText],
// [Server.Press] and so on; package sandbox offers them over HTTP.
//
// It follows the official server (github.com/tdlib/telegram-bot-api) where bots can notice:
//
//   - update ids are sequential; messages, presses and membership changes travel in queues of their own, and a webhook
//     has one request in flight per queue, retried at once, then after 2, 4, 8… seconds until the update expires;
//   - getUpdates confirms by offset, polls up to 50 s and refuses a second poller;
//   - presses must be answered within 150 s; updates wait for 24 h, presses for 150 s;
//   - texts are parsed into entities with offsets in UTF-16 units, trimmed and limited to 4096 and 1024 units;
//   - only messages without a keyboard, or with an inline one, can be edited;
//   - nobody gets a message who has not spoken to the bot, blocked it or is gone.
//
// It knowingly differs: webhooks may be plain http on loopback addresses and nothing else; files are kept as uploaded
// instead of being recompressed; only the HTML parse mode exists; people have no chats with one another, so what one
// passes on stands in the other's chat with the bot; the flood limits are a table given by the caller (the real ones
// are not published).
package telegram

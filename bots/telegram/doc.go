// Package telegram is the Telegram adapter: it receives updates, tells what they mean, and sends messages.
//
// Receiving is our own, because an update must be durable before it is acknowledged and one strange update must
// not hold up the rest: a webhook handler ([Bot.WebhookHandler]) and a getUpdates loop ([Bot.Poll]) read of each
// update only what files it (its id and whose it is), store it through bots.Inbox, and acknowledge it then.
// [Decode] reads the meaning later, in the person's mailbox, into structs that know only what Kartka uses, so
// that no addition to the Bot API can break it.
//
// Sending uses github.com/go-telegram/bot for the calls and their types. Answers are read by [Bot] itself on the
// way back, since the client's errors do not tell an HTTP status or a Retry-After header, and a message that was
// accepted stays sent even when the client cannot read the rest of the answer.
//
// A picture is named by its file id, which belongs to the bot that heard or sent it. A picture that many get is
// uploaded once, and goes by the file id that brought ([Bot.Send]); [Bot.Fetch] reads one.
//
// The facts come from core.telegram.org/bots/api (Bot API 9.4) and from the source of the Bot API server,
// github.com/tdlib/telegram-bot-api.
package telegram

// Package outbox sends what has been queued: it claims messages, waits for its turn at the platform, sends them through the
// adapter of their bot, and settles what became of each.
//
// What it promises, for every bot:
//
//   - One process sends at a time: the holder of the lease "outbox:<channel>:<sender>". Every claim and every settlement carries
//     the lease's fencing token, so that a holder that lost the lease unawares changes nothing any more. A settlement also names its
//     claim, so that one that comes late changes nothing of a message that was put back and claimed again: that claim is delivered at
//     once, and no message stands in sending while its holder lives.
//   - Each person's messages of a lane go in their order, one at a time. Answers never wait for broadcasts: each lane claims for
//     itself, and both share one [bots.Pacer].
//   - No platform send is idempotent. When the answer to a send is lost, a reply or a service message is sent once more, and
//     marketing is recorded as unknown and never sent again. What a lost process left in sending is queued again, five times at
//     most; marketing becomes unknown.
//   - Notices are put into words at the moment they are sent, and marketing needs the consent of that moment. Of a campaign, whose people are read many at a time,
//     it is the consent of at most two seconds before the call to the platform.
//
// A row leaves the outbox as sent, failed, unknown or dropped, with a reason; see [engine.OutboundState].
package outbox

package telegram

import "kartka/bots"

// Pace is Telegram's limits: about 30 messages a second for a bot, of which 5 are always there for answers and all that answers leave for
// broadcasts, one a second to a person with short bursts, 20 a minute to a group (core.telegram.org/bots/faq). With paid broadcasts the
// bulk lane has 990 of 1,000 a second; its messages must then be sent as bots.Message.Paid. jitter may be nil, see bots.Pace.
func Pace(paid bool, jitter func() float64) bots.Pace {
	p := bots.Pace{
		Reserve: 5, Bulk: 28, BulkCap: 29.6,
		Chat: 1, ChatRun: 3, Group: 20.0 / 60, GroupRun: 1,
		IsGroup: isGroup, Jitter: jitter,
	}
	if paid {
		p.Bulk, p.BulkCap = 990, 990
	}
	return p
}

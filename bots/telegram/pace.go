package telegram

import "kartka/bots"

// Pace is Telegram's limits: about 30 messages a second for a bot, of which 5 are kept for answers, one a second
// to a person with short bursts, 20 a minute to a group (core.telegram.org/bots/faq). With paid broadcasts the
// bulk lane may grow to 950 a second. jitter may be nil, see bots.Pace.
func Pace(paid bool, jitter func() float64) bots.Pace {
	p := bots.Pace{
		Reserve: 5, Bulk: 25, BulkCap: 28,
		Chat: 1, ChatRun: 3, Group: 20.0 / 60, GroupRun: 1,
		IsGroup: isGroup, Jitter: jitter,
	}
	if paid {
		p.BulkCap = 950
	}
	return p
}

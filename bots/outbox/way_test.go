package outbox_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kartka/bots"
	"kartka/bots/outbox"
	"kartka/engine"
)

// viber is where the people of these tests can be reached, too.
func viber(user string) engine.Address {
	return engine.Address{Channel: "viber", Sender: "pa", UserID: user}
}

// alsoOnViber has a person agree to news there.
func (p *post) alsoOnViber(user string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	who := *p.people[address(user)]
	who.Contact.ID, who.Contact.Address = "v"+user, viber(user)
	who.Consent = map[engine.Purpose]bool{engine.PurposeMarketing: true}
	p.people[viber(user)] = &who
}

func (p *post) Member(_ context.Context, _, id string) (engine.Member, error) {
	return engine.Member{ID: id, ProgramID: "p"}, nil
}

func (p *post) Bots(context.Context, string) ([]engine.Bot, error) {
	return []engine.Bot{{ProgramID: "p", Channel: "telegram", Sender: "42"}, {ProgramID: "p", Channel: "viber", Sender: "pa"}}, nil
}

func (p *post) Ways(_ context.Context, _ string, members []string) (map[string][]engine.Way, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken != nil {
		return nil, p.broken
	}
	all := map[string][]engine.Way{}
	for _, who := range p.people {
		if id := who.Contact.MemberID; slices.Contains(members, id) && who.Contact.BlockedAt.IsZero() && who.Consent[engine.PurposeMarketing] {
			all[id] = append(all[id], engine.Way{ContactID: who.Contact.ID, Address: who.Contact.Address})
		}
	}
	for _, ways := range all {
		slices.SortFunc(ways, func(a, b engine.Way) int { return strings.Compare(a.ContactID, b.ContactID) })
	}
	return all, nil
}

// A channel that turns out to be closed before anything was said passes the message on to the next one, once for each; what may have been said is said nowhere else.
func TestCampaignTakesAnotherWay(t *testing.T) {
	refusing := func(outcomes map[string]bots.Outcome) *platform {
		return &platform{answer: func(_ context.Context, _ int, d bots.Delivery) (bots.Receipt, error) {
			if o, bad := outcomes[d.To.UserID+string(d.Message.Text)]; bad {
				return bots.Receipt{}, fail(o)
			}
			if o, bad := outcomes[d.To.UserID]; bad {
				return bots.Receipt{}, fail(o)
			}
			return bots.Receipt{}, nil
		}}
	}
	telegram := refusing(map[string]bots.Outcome{"1": bots.Blocked, "2": bots.Unknown, "3": bots.OptedOut, "4": bots.WindowClosed, "5": bots.Invalid, "0second": bots.Blocked})
	there := refusing(map[string]bots.Outcome{"4": bots.WindowClosed})
	synctest.Test(t, func(t *testing.T) {
		x := newPost()
		x.campaign("news", engine.CampaignBroadcast, 9)
		for _, user := range []string{"0", "1", "2", "3", "4", "5", "6", "7"} {
			x.alsoOnViber(user)
		}
		x.person("6", func(who *engine.Person) { who.Consent[engine.PurposeMarketing] = false })
		x.person("8", func(who *engine.Person) { who.Consent[engine.PurposeMarketing] = false })
		x.mu.Lock()
		x.rows[7].Reason = "again" // it may have been sent before
		x.people[address("7")].Contact.BlockedAt = time.Now()
		x.mu.Unlock()
		open(t, x.mail, x, telegram, fast) // when all is as it should be: it sends at once
		pass(time.Minute)
		x.wants(t, map[string]int{"sent": 1, "queued": 4, "unknown answer lost": 1, "failed invalid": 1, "dropped blocked": 1, "dropped no_consent": 1})
		open(t, x.mail, x, there, fast, func(p *outbox.Presence) {
			p.Bot = engine.Bot{ProgramID: "p", Channel: "viber", Sender: "pa"}
		})
		pass(time.Minute)
		x.wants(t, map[string]int{"sent": 4, "unknown answer lost": 1, "failed invalid": 1, "dropped blocked": 1, "dropped no_consent": 1, "failed window_closed": 1})
		var users []string
		for _, c := range there.made() {
			users = append(users, c.To.UserID)
		}
		slices.SortFunc(users, cmp.Compare)
		if want := []string{"1", "3", "4", "6"}; !slices.Equal(users, want) {
			t.Errorf("Viber was given messages for %v, want %v", users, want)
		}

		// Of two messages the first has been said: the second is not said elsewhere.
		x.set(func() {
			x.campaign("twofold", engine.CampaignBroadcast, 1)
			x.alsoOnViber("0")
		})
		pass(time.Minute)
		if rows := x.rows[9:]; rows[0].State != engine.OutboundFailed || rows[0].Address.Channel != "telegram" || len(rows[0].Tried) > 0 {
			t.Errorf("said in part: %+v", *rows[0])
		}
	})
}

// While the database is down the next way is looked for until it is known.
func TestCampaignWaitsToKnowItsWay(t *testing.T) {
	p := &platform{}
	synctest.Test(t, func(t *testing.T) {
		x := newPost()
		p.answer = func(context.Context, int, bots.Delivery) (bots.Receipt, error) {
			x.fail(errDown)
			return bots.Receipt{}, fail(bots.OptedOut)
		}
		x.campaign("news", engine.CampaignBroadcast, 1)
		x.alsoOnViber("0")
		open(t, x.mail, x, p, fast)
		pass(3 * time.Second)
		x.wants(t, map[string]int{"sending": 1})
		x.fail(nil)
		pass(10 * time.Second)
		x.wants(t, map[string]int{"queued": 1})
		if d := x.rows[0]; d.Address != viber("0") || !slices.Equal(d.Tried, []string{"c0"}) || !d.Wait.IsZero() {
			t.Errorf("%+v", *d)
		}
	})
}

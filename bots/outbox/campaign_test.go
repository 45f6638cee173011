package outbox_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
)

// post is a mail with campaigns, which keeps the promises of engine.Deliveries.
type post struct {
	*mail
	campaigns []engine.Campaign
	rows      []*engine.Delivery
	lots      []int            // how many were settled at a time
	claims    []int            // and claimed
	most      int              // that were claimed and not settled at one moment
	newest    map[string]int64 // the fence of the sender that recovered last, by channel
	setting   bool             // nothing is claimed yet
	late      int              // settlements that changed nothing
	takes     time.Duration    // a claim, and a settlement
}

func newPost() *post { return &post{mail: newMail(), newest: map[string]int64{}} }

// told is what the campaigns of these tests say: their names. Some say nothing, or cannot be put into words.
func told(_ talk.View, c engine.Campaign, _ engine.Delivery, _ *engine.CampaignGift) []bots.Message {
	switch c.Name {
	case "nothing":
		return nil
	case "panic":
		panic("no words")
	case "twofold":
		return []bots.Message{{Text: "first"}, {Text: "second"}}
	}
	return []bots.Message{{Text: bots.Rich(c.Name)}}
}

func (p *post) Campaigns(_ context.Context, _ string, states ...engine.CampaignState) ([]engine.Campaign, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []engine.Campaign
	for _, c := range p.campaigns {
		if slices.Contains(states, c.State) {
			found = append(found, c)
		}
	}
	slices.Reverse(found) // newest first
	return found, p.broken
}

func (p *post) ClaimDeliveries(_ context.Context, q engine.DeliveryClaim) ([]engine.Delivery, error) {
	<-time.After(p.takes)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken != nil {
		return nil, p.broken
	}
	if q.Fence < p.newest[q.Channel] || p.setting { // it has been replaced, or is to wait
		return nil, nil
	}
	var got []engine.Delivery
	for _, d := range p.rows {
		running := slices.ContainsFunc(p.campaigns, func(c engine.Campaign) bool { return c.ID == q.CampaignID && c.State == engine.CampaignRunning })
		if d.Address.Channel != q.Channel || d.Address.Sender != q.Sender {
			continue
		}
		if d.CampaignID != q.CampaignID || !running || d.State != engine.OutboundQueued || d.No <= q.After || d.Wait.After(q.Now) || len(got) == q.Limit {
			continue
		}
		d.State, d.Fence = engine.OutboundSending, q.Fence
		d.Tries++
		got = append(got, *d)
	}
	if len(got) > 0 {
		p.claims = append(p.claims, len(got))
	}
	p.most = max(p.most, p.sending())
	return got, nil
}

func (p *post) sending() (n int) {
	for _, d := range p.rows {
		if d.State == engine.OutboundSending {
			n++
		}
	}
	return n
}

func (p *post) SettleDeliveries(ctx context.Context, all []engine.Delivery) error {
	<-time.After(p.takes)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := cmp.Or(p.broken, ctx.Err()); err != nil {
		return err
	}
	p.lots = append(p.lots, len(all))
	for _, settled := range all {
		i := slices.IndexFunc(p.rows, func(d *engine.Delivery) bool { return d.CampaignID == settled.CampaignID && d.No == settled.No })
		if d := p.rows[i]; d.State == engine.OutboundSending && d.Fence == settled.Fence && d.Tries == settled.Tries {
			*d = settled
		} else {
			p.late++
		}
	}
	return nil
}

func (p *post) LostDeliveries(_ context.Context, _, channel, sender string, fence int64) (lost []engine.Delivery, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.rows {
		if d.State == engine.OutboundSending && d.Fence < fence && d.Address.Channel == channel && d.Address.Sender == sender {
			lost = append(lost, *d)
		}
	}
	return lost, p.broken
}

func (p *post) RecoverDeliveries(_ context.Context, _, channel, _ string, fence int64, _ time.Time, _ []engine.Delivery) (n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.newest[channel] = max(p.newest[channel], fence)
	for _, d := range p.rows {
		if d.State == engine.OutboundSending && d.Fence < fence && d.Address.Channel == channel {
			d.State, d.Reason, d.Fence = engine.OutboundUnknown, "sender_lost", fence
			n++
		}
	}
	return n, p.broken
}

// campaign has a running campaign tell so many people, who are called as their places: "0", "1", …
func (p *post) campaign(name string, kind engine.CampaignKind, people int) {
	rows := make([]*engine.Delivery, people)
	for i := range people {
		user := fmt.Sprint(i)
		p.meet(user)
		p.person(user, func(who *engine.Person) { who.Program = program() })
		rows[i] = &engine.Delivery{ProgramID: "p", CampaignID: name, No: int64(i), MemberID: "m" + user, ContactID: "c" + user, Address: address(user), State: engine.OutboundQueued}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows = append(p.rows, rows...)
	p.campaigns = append(p.campaigns, engine.Campaign{ID: name, ProgramID: "p", Kind: kind, Name: name, State: engine.CampaignRunning, StartedAt: time.Now()})
}

// set has nothing claimed until all is as a test wants it.
func (p *post) set(all func()) {
	p.mu.Lock()
	p.setting = true
	p.mu.Unlock()
	all()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.setting = false
}

// turn has a campaign be in another state.
func (p *post) turn(name string, to engine.CampaignState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.campaigns {
		if p.campaigns[i].ID == name {
			p.campaigns[i].State = to
		}
	}
}

// count counts deliveries by what became of them: "failed blocked".
func (p *post) counts() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := map[string]int{}
	for _, d := range p.rows {
		reason, _, _ := strings.Cut(d.Reason, ":")
		all[strings.TrimSpace(string(d.State)+" "+reason)]++
	}
	return all
}

func (p *post) wants(t *testing.T, want map[string]int) {
	t.Helper()
	if got := p.counts(); !maps.Equal(got, want) {
		t.Errorf("deliveries %v, want %v", got, want)
	}
}

// deliver plays a scene with campaigns.
func deliver(t *testing.T, p *platform, pace bots.Pace, act func(*scene, *post)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		x := newPost()
		act(open(t, x.mail, x, p, pace), x)
	})
}

// once makes sure that nobody was told the same twice.
func once(t *testing.T, p *platform) {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range p.made() {
		if key := c.To.UserID + ":" + string(c.Message.Text); c.err == nil && seen[key] {
			t.Errorf("told twice: %s", key)
		} else if c.err == nil {
			seen[key] = true
		}
	}
}

// first waits for the first call and says when it was: an outbox that has just looked for campaigns looks again a second later.
func first(p *platform) time.Time {
	for len(p.made()) == 0 {
		pass(time.Millisecond)
	}
	return p.made()[0].at
}

// Deliveries are claimed and settled many at a time, and each is sent once.
func TestCampaignInBatches(t *testing.T) {
	p := slow(40 * time.Millisecond)
	deliver(t, p, fast, func(s *scene, x *post) {
		x.takes = 10 * time.Millisecond
		x.campaign("news", engine.CampaignBroadcast, 2000)
		s.wake()
		pass(3500 * time.Millisecond)
		x.wants(t, map[string]int{"sent": 2000})
		once(t, p)
		if calls := p.made(); len(calls) != 2000 || calls[0].Message.Purpose != bots.PurposeMarketing {
			t.Errorf("%d calls, the first %+v", len(calls), calls[0])
		}
		if len(x.claims) > 60 || len(x.lots) > 200 {
			t.Errorf("%d claims and %d settlements for 2000", len(x.claims), len(x.lots))
		}
	})
}

// Whom many messages are for is read together, and one by one where that fails.
func TestCampaignReadsPeopleTogether(t *testing.T) {
	for _, apart := range []error{nil, errors.New("one cannot be unsealed")} {
		p := slow(40 * time.Millisecond)
		deliver(t, p, fast, func(s *scene, x *post) {
			x.set(func() {
				x.campaign("news", engine.CampaignBroadcast, 1000)
				x.mu.Lock() // one has left
				defer x.mu.Unlock()
				x.apart = apart
				x.rows = append(x.rows, &engine.Delivery{ProgramID: "p", CampaignID: "news", No: 1000, MemberID: "m", ContactID: "c", Address: address("gone"), State: engine.OutboundQueued})
			})
			s.wake()
			pass(5 * time.Second)
			x.wants(t, map[string]int{"sent": 1000, "dropped gone": 1})
			once(t, p)
			if apart == nil && x.alone > 3 || apart != nil && x.alone != 1001 { // whoever is claimed alone is read alone
				t.Errorf("%v: %d people were read alone", apart, x.alone)
			}
		})
	}
}

// However long a message waits for its turn, what is known of the person when it goes is no older than two seconds.
func TestCampaignKnowsPeopleAsOfLately(t *testing.T) {
	pace := fast
	pace.Bulk, pace.BulkCap = 1, 28
	p := &platform{}
	deliver(t, p, pace, func(s *scene, x *post) {
		x.campaign("news", engine.CampaignBroadcast, 14) // all are claimed at once
		s.wake()
		began := first(p)
		pass(2500 * time.Millisecond)
		withdrawn := time.Now()
		if under := x.counts()["sending"]; under < 8 {
			t.Errorf("only %d are under way", under)
		}
		for i := range 14 {
			x.person(fmt.Sprint(i), func(who *engine.Person) { who.Consent[engine.PurposeMarketing] = i%2 == 0 })
		}
		pass(time.Minute)
		kept := 0
		for _, c := range p.made() {
			if odd := strings.ContainsAny(c.To.UserID[len(c.To.UserID)-1:], "13579"); !odd {
				kept++
			} else if c.at.Sub(withdrawn) > 2*time.Second {
				t.Errorf("%s, who agrees no more since %v, was told after %v", c.To.UserID, withdrawn.Sub(began), c.at.Sub(began))
			}
		}
		counts := x.counts()
		if kept != 7 || counts["sent"]+counts["dropped no_consent"] != 14 || counts["dropped no_consent"] < 3 {
			t.Errorf("%d of those who still agree were told: %v", kept, counts)
		}
		once(t, p)
	})
}

// No more is taken than goes out in half a second, and the pace is kept: what a lost sender leaves uncertain is as little as that.
func TestCampaignTakesLittleAhead(t *testing.T) {
	pace := fast
	pace.Bulk, pace.BulkCap = 28, 28
	p := slow(20 * time.Millisecond)
	deliver(t, p, pace, func(s *scene, x *post) {
		x.campaign("news", engine.CampaignBroadcast, 280)
		s.wake()
		began := first(p)
		pass(11 * time.Second)
		x.wants(t, map[string]int{"sent": 280})
		if x.most > 14 {
			t.Errorf("%d were under way", x.most)
		}
		calls := p.made()
		if last := calls[len(calls)-1].at.Sub(began); last < 9*time.Second || last > 10300*time.Millisecond {
			t.Errorf("280 at 28 a second took %v", last)
		}
	})
}

// What the platform makes of a message is what becomes of it. Of whom nobody knows nobody is told again.
func TestCampaignOutcomes(t *testing.T) {
	outcomes := map[string]bots.Outcome{"1": bots.Blocked, "2": bots.Unknown, "3": bots.Invalid, "4": bots.OptedOut, "5": bots.WindowClosed}
	p := &platform{answer: func(_ context.Context, _ int, d bots.Delivery) (bots.Receipt, error) {
		if o, bad := outcomes[d.To.UserID]; bad {
			return bots.Receipt{}, fail(o)
		}
		return bots.Receipt{}, nil
	}}
	deliver(t, p, fast, func(s *scene, x *post) {
		x.set(func() {
			x.campaign("news", engine.CampaignBroadcast, 7)
			x.campaign("nothing", engine.CampaignBroadcast, 1)
			x.campaign("panic", engine.CampaignBroadcast, 1)
			x.person("6", func(who *engine.Person) { who.Consent[engine.PurposeMarketing] = false })
		})
		s.wake()
		pass(time.Minute)
		x.wants(t, map[string]int{"sent": 1, "failed blocked": 1, "unknown answer lost": 1, "failed invalid": 1, "failed opted_out": 1, "failed window_closed": 1,
			"dropped no_consent": 1, "dropped nothing to say": 1, "failed panic": 1})
		if n := len(p.made()); n != 6 {
			t.Errorf("%d calls", n)
		}
		x.person("1", func(who *engine.Person) {
			if who.Contact.BlockedAt.IsZero() {
				t.Error("who has blocked the bot is not marked")
			}
		})
	})
}

// When the platform asks for a pause, nothing goes to it meanwhile; what it refused goes later, once.
func TestCampaignObeysPauses(t *testing.T) {
	p := &platform{}
	p.answer = func(_ context.Context, n int, _ bots.Delivery) (bots.Receipt, error) {
		if n == 20 {
			return bots.Receipt{}, &bots.SendError{Outcome: bots.RetryAfter, Code: "429", Wait: 5 * time.Second, WholeBot: true}
		}
		return bots.Receipt{}, nil
	}
	pace := fast
	pace.Bulk, pace.BulkCap = 30, 30
	deliver(t, p, pace, func(s *scene, x *post) {
		x.campaign("news", engine.CampaignBroadcast, 100)
		s.wake()
		pass(time.Minute)
		x.wants(t, map[string]int{"sent": 100})
		once(t, p)
		calls := p.made()
		if gap := calls[20].at.Sub(calls[19].at); len(calls) != 101 || gap < 5*time.Second {
			t.Errorf("%d calls, %v of pause", len(calls), gap)
		}
	})
}

// Asked to stop, the outbox ends what it has begun and puts the rest back: nothing is in doubt.
func TestCampaignDrained(t *testing.T) {
	pace := fast
	pace.Bulk, pace.BulkCap = 40, 40
	p := slow(700 * time.Millisecond)
	deliver(t, p, pace, func(s *scene, x *post) {
		x.campaign("news", engine.CampaignBroadcast, 100)
		s.wake()
		first(p)
		pass(1300 * time.Millisecond)
		if err := s.box.Drain(s.t.Context()); err != nil {
			t.Fatal(err)
		}
		calls := len(p.made())
		if calls < 20 || calls > 60 {
			t.Errorf("%d were sent", calls)
		}
		x.wants(t, map[string]int{"sent": calls, "queued": 100 - calls})
		open(s.t, x.mail, x, p, pace)
		pass(10 * time.Second)
		x.wants(t, map[string]int{"sent": 100})
		once(t, p)
	})
}

// A paused campaign sends nothing beyond what is under way, and goes on where it was.
func TestCampaignPaused(t *testing.T) {
	pace := fast
	pace.Bulk, pace.BulkCap = 20, 20
	p := &platform{}
	deliver(t, p, pace, func(s *scene, x *post) {
		x.campaign("news", engine.CampaignBroadcast, 60)
		s.wake()
		first(p)
		pass(time.Second)
		x.turn("news", engine.CampaignPaused)
		pass(10 * time.Second)
		sent := len(p.made())
		if sent > 35 || x.counts()["sending"] != 0 {
			t.Errorf("%d were sent, %v", sent, x.counts())
		}
		pass(time.Minute)
		if more := len(p.made()) - sent; more != 0 {
			t.Errorf("%d more", more)
		}
		x.turn("news", engine.CampaignRunning)
		pass(10 * time.Second)
		x.wants(t, map[string]int{"sent": 60})
		once(t, p)
	})
}

// What happened to somebody is told before what everybody is told, and an older broadcast before a younger one.
func TestCampaignsInOrder(t *testing.T) {
	pace := fast
	pace.Bulk, pace.BulkCap = 20, 20
	p := &platform{}
	deliver(t, p, pace, func(s *scene, x *post) {
		x.campaign("old", engine.CampaignBroadcast, 30)
		pass(time.Second) // nobody has woken the outbox, which looks by itself every second
		x.campaign("young", engine.CampaignBroadcast, 30)
		x.campaign("trigger", engine.CampaignTrigger, 10)
		pass(10 * time.Second)
		x.wants(t, map[string]int{"sent": 70})
		last := map[string]int{}
		first := map[string]int{}
		for i, c := range p.made() {
			name := string(c.Message.Text)
			if _, seen := first[name]; !seen {
				first[name] = i
			}
			last[name] = i
		}
		const together = 20 // those under way go in any order
		if last["trigger"] > first["young"]+together || first["trigger"] > first["young"]+together || last["old"] > first["young"]+together {
			t.Errorf("first %v, last %v", first, last)
		}
		once(t, p)
	})
}

// An answer goes at once, however much of a broadcast waits.
func TestAnswersPassCampaigns(t *testing.T) {
	pace := bots.Pace{Reserve: 5, Bulk: 28, BulkCap: 29.6, Chat: 1, ChatRun: 3, Group: 1, GroupRun: 1}
	p := slow(30 * time.Millisecond)
	deliver(t, p, pace, func(s *scene, x *post) {
		x.campaign("news", engine.CampaignBroadcast, 400)
		x.meet("guest")
		for range 5 {
			pass(2 * time.Second)
			asked := time.Now()
			x.say("guest", text("answer"))
			s.wake()
			pass(100 * time.Millisecond)
			calls := p.made()
			i := slices.IndexFunc(calls, func(c call) bool { return c.To.UserID == "guest" && !c.at.Before(asked) })
			if i < 0 || calls[i].at.Sub(asked) > 10*time.Millisecond {
				t.Errorf("no answer at once")
			}
		}
		pass(10 * time.Second)
		x.wants(t, map[string]int{"sent": 400})
	})
}

// While the database is down nothing is claimed; what was sent is written down when it is back, and nobody is told twice.
func TestCampaignWhileTheDatabaseIsDown(t *testing.T) {
	pace := fast
	pace.Bulk, pace.BulkCap = 50, 50
	p := slow(300 * time.Millisecond)
	deliver(t, p, pace, func(s *scene, x *post) {
		x.campaign("news", engine.CampaignBroadcast, 200)
		s.wake()
		first(p)
		pass(time.Second)
		x.fail(errDown)
		pass(8 * time.Second)
		x.fail(nil)
		pass(time.Minute)
		x.wants(t, map[string]int{"sent": 200})
		once(t, p)
	})
}

// A sender that was replaced sends nothing more of what it had in hand, and what it still writes changes nothing.
func TestCampaignOfAReplacedSender(t *testing.T) {
	pace := fast
	pace.Bulk, pace.BulkCap = 30, 30
	p := slow(2 * time.Second)
	deliver(t, p, pace, func(s *scene, x *post) {
		x.campaign("news", engine.CampaignBroadcast, 60)
		s.wake()
		for x.counts()["sending"] == 0 {
			pass(time.Millisecond)
		}
		pass(100 * time.Millisecond)
		x.mu.Lock()
		x.fence++
		x.leases["outbox:telegram:42"] = lease{holder: "other", fence: x.fence, until: time.Now().Add(time.Hour)}
		fence := x.fence
		x.mu.Unlock()
		lost, err := x.RecoverDeliveries(t.Context(), "p", "telegram", "42", fence, time.Now(), nil)
		if err != nil || lost == 0 {
			t.Fatalf("%d, %v", lost, err)
		}
		pass(time.Minute)
		if counts := x.counts(); counts["sent"] != 0 || counts["unknown sender_lost"] < lost {
			t.Errorf("%v; %d were lost", counts, lost)
		}
		if x.late == 0 {
			t.Error("the old sender never tried to write")
		}
		once(t, p)
	})
}

var _ engine.Deliveries = (*post)(nil)

// noQuiet are settings under which campaigns are sent at any hour: the clock of these tests starts at midnight.
var noQuiet = &rules.Campaigns{WindowDays: 7}

package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"kartka/bots"
	"kartka/engine"
)

func TestWakeSendsAtOnce(t *testing.T) {
	p := &platform{}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		pass(1234 * time.Millisecond) // between two looks into the queue
		began := time.Now()
		id := s.mail.say("1", text("hello"))
		s.wake()
		s.want(id, "sent")
		if got := p.made()[0]; !got.at.Equal(began) || got.To.String() != "telegram:42:1" {
			t.Errorf("sent to %v after %v, want at once", got.To, got.at.Sub(began))
		}
		if r := s.mail.row(id); r.Ref != "r1" {
			t.Errorf("row has ref %q, want r1", r.Ref)
		}
		if want := []string{"claimed interactive 0s", "called sent 0s", "settled telegram:42 sent"}; !slices.Equal(s.logs.told(), want) {
			t.Errorf("hooks were told %q, want %q", s.logs.told(), want)
		}
	})
}

func TestNextMessageFollowsAtOnce(t *testing.T) {
	p := slow(100 * time.Millisecond)
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		for range 3 {
			s.mail.say("1", text("hello"))
		}
		s.wake()
		pass(300 * time.Millisecond)
		if got := s.mail.count(engine.OutboundSent); got != 3 {
			t.Errorf("%d of 3 messages were sent one after the other", got)
		}
	})
}

func TestPollFindsWhatNobodyAnnounced(t *testing.T) {
	p := &platform{}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		pass(10 * time.Second)
		id := s.mail.put(engine.Outbound{ContactID: "c1", Address: address("1"), Message: encode(text("later")), Wait: time.Now().Add(time.Minute)})
		pass(59 * time.Second)
		s.want(id, "queued")
		pass(2 * time.Second)
		s.want(id, "sent")
	})
}

func TestOrderPerChat(t *testing.T) {
	p := &platform{answer: func(_ context.Context, n int, _ bots.Delivery) (bots.Receipt, error) {
		<-time.After(time.Duration(n*7%5) * 100 * time.Millisecond)
		return bots.Receipt{}, nil
	}}
	play(t, p, func(s *scene) {
		for i := range 60 {
			user := fmt.Sprint(i % 4)
			if i < 4 {
				s.mail.meet(user)
			}
			if i%3 == 0 {
				s.mail.advertise(user, fmt.Sprintf("ad %02d", i))
			} else {
				s.mail.say(user, text(fmt.Sprintf("say %02d", i)))
			}
		}
		s.finish()
		if p.clash {
			t.Error("two messages were sent to one chat at once")
		}
		last := map[string]string{}
		for _, c := range p.made() {
			lane := c.To.UserID + string(c.Message.Text[:3])
			if string(c.Message.Text) <= last[lane] {
				t.Errorf("chat %s got %q after %q", c.To.UserID, c.Message.Text, last[lane])
			}
			last[lane] = string(c.Message.Text)
		}
		if len(p.made()) != 60 {
			t.Errorf("%d calls, want 60", len(p.made()))
		}
	})
}

func TestAnswersDoNotWaitForBroadcasts(t *testing.T) {
	p := &platform{answer: func(_ context.Context, _ int, d bots.Delivery) (bots.Receipt, error) {
		if d.Message.Purpose == bots.PurposeMarketing {
			<-time.After(15 * time.Second)
		}
		return bots.Receipt{}, nil
	}}
	play(t, p, func(s *scene) {
		for i := range 30 {
			s.mail.meet(fmt.Sprint(i))
			s.mail.advertise(fmt.Sprint(i), "ad")
		}
		s.wake()
		if got := s.mail.count(engine.OutboundSending); got != 8 {
			t.Errorf("%d broadcasts are under way, want 8", got)
		}
		s.mail.meet("guest")
		id := s.mail.say("guest", text("hello"))
		s.wake()
		s.want(id, "sent")
		s.finish()
	})
}

func TestOutcomes(t *testing.T) {
	lost := errors.New("torn connection")
	cases := []struct {
		name      string
		err       error
		reply     string
		marketing string
		calls     int // for the reply
	}{
		{"sent", nil, "sent", "sent", 1},
		{"blocked", fail(bots.Blocked), "failed: blocked", "failed: blocked", 1},
		{"opted out", fail(bots.OptedOut), "failed: opted_out", "failed: opted_out", 1},
		{"window closed", fail(bots.WindowClosed), "failed: window_closed", "failed: window_closed", 1},
		{"invalid", fail(bots.Invalid), "failed: invalid: code", "failed: invalid: code", 1},
		{"unknown", fail(bots.Unknown), "unknown: answer lost: code", "unknown: answer lost: code", 2},
		{"not a SendError", lost, "unknown: answer lost", "unknown: answer lost", 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := &platform{answer: func(context.Context, int, bots.Delivery) (bots.Receipt, error) { return bots.Receipt{}, c.err }}
			play(t, p, func(s *scene) {
				s.mail.meet("1")
				s.mail.meet("2")
				reply, marketing := s.mail.say("1", text("reply")), s.mail.advertise("2", "ad")
				s.finish()
				s.want(reply, c.reply)
				s.want(marketing, c.marketing)
				calls := map[string]int{}
				for _, call := range p.made() {
					calls[call.To.UserID]++
				}
				if calls["1"] != c.calls || calls["2"] != 1 {
					t.Errorf("calls: reply %d, marketing %d, want %d and 1", calls["1"], calls["2"], c.calls)
				}
			})
		})
	}
}

func TestLostAnswerIsRepeatedOnce(t *testing.T) {
	p := &platform{answer: func(_ context.Context, n int, _ bots.Delivery) (bots.Receipt, error) {
		if n == 1 {
			return bots.Receipt{}, fail(bots.Unknown)
		}
		return bots.Receipt{}, nil
	}}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		first, second := s.mail.say("1", text("first")), s.mail.say("1", text("second"))
		s.finish()
		s.want(first, "sent")
		s.want(second, "sent")
		wantTexts(t, p, "1:first", "1:first", "1:second")
		if gap := p.made()[1].at.Sub(p.made()[0].at); gap != 2*time.Second {
			t.Errorf("repeated after %v, want 2s", gap)
		}
	})
}

// What is known not to have been delivered costs no attempt, before or after one whose answer was lost.
func TestOnlyALostAnswerIsAnAttempt(t *testing.T) {
	answers := []bots.Outcome{bots.RetryAfter, bots.Unauthorized, bots.RetryAfter, bots.Unknown, bots.RetryAfter, bots.Unknown}
	p := &platform{answer: func(_ context.Context, n int, _ bots.Delivery) (bots.Receipt, error) {
		return bots.Receipt{}, fail(answers[n-1])
	}}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		id := s.mail.say("1", text("hello"))
		s.finish()
		s.want(id, "unknown: answer lost: code")
		if got := len(p.made()); got != len(answers) {
			t.Errorf("%d calls, want %d", got, len(answers))
		}
	})
}

func TestPlatformAsksForPause(t *testing.T) {
	for _, wholeBot := range []bool{true, false} {
		t.Run(fmt.Sprintf("whole bot %t", wholeBot), func(t *testing.T) {
			p := &platform{answer: func(_ context.Context, n int, _ bots.Delivery) (bots.Receipt, error) {
				if n == 1 {
					return bots.Receipt{}, &bots.SendError{Outcome: bots.RetryAfter, Wait: 30 * time.Second, WholeBot: wholeBot, Code: "429"}
				}
				return bots.Receipt{}, nil
			}}
			play(t, p, func(s *scene) {
				for _, user := range []string{"1", "2", "3"} {
					s.mail.meet(user)
				}
				ad := s.mail.advertise("1", "ad")
				s.wake()
				s.want(ad, "queued")
				otherAd, reply := s.mail.advertise("2", "ad"), s.mail.say("3", text("reply"))
				sameChat := s.mail.say("1", text("reply"))
				s.wake()
				s.want(reply, "sent")
				s.want(sameChat, "queued")
				pass(29 * time.Second)
				s.want(sameChat, "queued")
				if wholeBot {
					s.want(otherAd, "queued")
					wantTexts(t, p, "1:ad", "3:reply")
				} else {
					s.want(otherAd, "sent")
				}
				s.finish()
				s.want(ad, "sent")
				s.want(sameChat, "sent")
				for _, c := range p.made()[1:] {
					if c.To.UserID == "1" && c.at.Sub(p.made()[0].at) < 30*time.Second {
						t.Errorf("written to the chat %v into the pause", c.at.Sub(p.made()[0].at))
					}
				}
			})
		})
	}
}

func TestPauseLastsAsLongAsAsked(t *testing.T) {
	p := &platform{answer: func(_ context.Context, n int, _ bots.Delivery) (bots.Receipt, error) {
		if n == 1 {
			return bots.Receipt{}, &bots.SendError{Outcome: bots.RetryAfter, Wait: 1500 * time.Millisecond}
		}
		return bots.Receipt{}, nil
	}}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		s.mail.say("1", text("hello"))
		s.finish()
		if gap := p.made()[1].at.Sub(p.made()[0].at); gap != 1500*time.Millisecond {
			t.Errorf("sent again after %v, want 1.5s: neither sooner nor at the next look into the queue", gap)
		}
	})
}

func TestBareAckDoesNotHurryAfterPause(t *testing.T) {
	p := &platform{answer: func(_ context.Context, n int, _ bots.Delivery) (bots.Receipt, error) {
		if n < 4 {
			return bots.Receipt{}, fail(bots.RetryAfter)
		}
		return bots.Receipt{}, nil
	}}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		id := s.mail.say("1", bots.Message{Ack: &bots.Ack{Query: "q"}})
		s.finish()
		s.want(id, "sent")
		calls := p.made()
		if took := calls[len(calls)-1].at.Sub(calls[0].at); len(calls) != 4 || took < 3*time.Second {
			t.Errorf("%d calls within %v, want 4 with a second between", len(calls), took)
		}
	})
}

func TestDropped(t *testing.T) {
	cases := []struct {
		name string
		put  func(m *mail) string
		want string
	}{
		{"late", func(m *mail) string {
			return m.say("1", bots.Message{Text: "code", Expires: time.Now().Add(-time.Second)})
		}, "dropped: late"},
		{"notice that is late", func(m *mail) string {
			return m.put(engine.Outbound{ContactID: "c1", Address: address("1"), Notice: &engine.Notice{Kind: noticeTwo}, Expires: time.Now().Add(-time.Second)})
		}, "dropped: late"},
		{"late by the message alone", func(m *mail) string {
			return m.put(engine.Outbound{ContactID: "c1", Address: address("1"), Message: encode(bots.Message{Text: "code", Expires: time.Now().Add(-time.Second)})})
		}, "dropped: late"},
		{"blocked", func(m *mail) string {
			m.person("1", func(p *engine.Person) { p.Contact.BlockedAt = time.Now() })
			return m.say("1", text("hello"))
		}, "dropped: blocked"},
		{"no consent", func(m *mail) string {
			m.person("1", func(p *engine.Person) { p.Consent[engine.PurposeMarketing] = false })
			return m.advertise("1", "ad")
		}, "dropped: no consent"},
		{"marketing to nobody in particular", func(m *mail) string {
			return m.put(engine.Outbound{Address: address("1"), Purpose: string(bots.PurposeMarketing), Message: encode(text("ad"))})
		}, "dropped: no consent"},
		{"gone", func(m *mail) string {
			return m.put(engine.Outbound{ContactID: "c7", Address: address("7"), Message: encode(text("hello"))})
		}, "dropped: gone"},
		{"nothing to say", func(m *mail) string { return m.tell("1", noticeNone) }, "dropped: nothing to say"},
		{"notice to nobody", func(m *mail) string {
			return m.put(engine.Outbound{Address: address("1"), Notice: &engine.Notice{Kind: noticeTwo}})
		}, "failed: unreadable"},
		{"unreadable", func(m *mail) string {
			return m.put(engine.Outbound{ContactID: "c1", Address: address("1"), Message: []byte("{")})
		}, "failed: unreadable"},
		{"not shown", func(m *mail) string {
			return m.say("1", bots.Message{Slot: bots.SlotCard, OnlyIfShown: true, Text: "card"})
		}, "sent"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := &platform{}
			play(t, p, func(s *scene) {
				s.mail.meet("1")
				id := c.put(s.mail)
				s.finish()
				s.want(id, c.want)
				wantTexts(t, p)
			})
		})
	}
}

func TestConsentIsCheckedAtSending(t *testing.T) {
	p := &platform{}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		id := s.mail.put(engine.Outbound{ContactID: "c1", Address: address("1"), Lane: engine.LaneBulk, Purpose: string(bots.PurposeMarketing),
			Message: encode(text("ad")), Wait: time.Now().Add(time.Hour)})
		pass(59 * time.Minute)
		s.mail.person("1", func(p *engine.Person) { p.Consent[engine.PurposeMarketing] = false })
		s.finish()
		s.want(id, "dropped: no consent")
		wantTexts(t, p)
	})
}

func TestExpiresWhileWaiting(t *testing.T) {
	p := &platform{answer: func(context.Context, int, bots.Delivery) (bots.Receipt, error) {
		return bots.Receipt{}, &bots.SendError{Outcome: bots.RetryAfter, Wait: time.Minute}
	}}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		id := s.mail.say("1", bots.Message{Text: "code", Expires: time.Now().Add(30 * time.Second)})
		s.finish()
		s.want(id, "dropped: late")
		wantTexts(t, p, "1:code")
	})
}

func TestBlockedPersonIsLeftAlone(t *testing.T) {
	p := &platform{answer: func(_ context.Context, _ int, d bots.Delivery) (bots.Receipt, error) {
		return bots.Receipt{}, fail(bots.Blocked)
	}}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		s.mail.meet("2")
		first, second := s.mail.say("1", text("first")), s.mail.say("1", text("second"))
		group := s.mail.say("2", bots.Message{Text: "group", ChatID: "-100"})
		s.finish()
		s.want(first, "failed: blocked")
		s.want(second, "dropped: blocked")
		s.want(group, "failed: blocked")
		s.mail.person("1", func(p *engine.Person) {
			if p.Contact.BlockedAt.IsZero() || p.Consent[engine.PurposeMarketing] {
				t.Error("the contact is not marked as blocked, or its consent to marketing stays")
			}
		})
		s.mail.person("2", func(p *engine.Person) {
			if !p.Contact.BlockedAt.IsZero() {
				t.Error("a group's refusal marked a person as blocked")
			}
		})
	})
}

func TestSlots(t *testing.T) {
	p := &platform{}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		for _, m := range []bots.Message{
			{Slot: bots.SlotScreen, Text: "new"},
			{Slot: bots.SlotScreen, Text: "edit"},
			{Slot: bots.SlotScreen, Text: "fresh", Fresh: true},
			{Text: "aside"},
			{Slot: bots.SlotCard, Text: "card"},
			{Slot: bots.SlotScreen, Ack: &bots.Ack{Query: "q"}},
			{Slot: bots.SlotScreen, Text: "group", ChatID: "-100"},
			{Slot: bots.SlotScreen, Text: "last", OnlyIfShown: true},
			{Slot: "progress", Text: "half"},
			{Slot: "progress", Text: "whole", Fresh: true, Last: true},
			{Slot: "progress", Text: "late", OnlyIfShown: true},
			{Slot: "progress", Text: "another"},
			{Slot: "once", Text: "and gone", Last: true},
		} {
			s.mail.say("1", m)
		}
		s.mail.put(engine.Outbound{Address: address("1"), Message: encode(bots.Message{Slot: bots.SlotScreen, Text: "farewell"})})
		s.finish()
		var got []string
		for _, c := range p.made() {
			got = append(got, string(c.Message.Text)+"<"+c.Previous)
		}
		want := []string{"new<", "edit<r1", "fresh<r2", "aside<", "card<", "<r3", "group<", "last<r3", "half<", "whole<r9", "another<", "and gone<", "farewell<"}
		if !slices.Equal(got, want) {
			t.Errorf("sent in place of: %q, want %q", got, want)
		}
		if screen, card := s.mail.slot("1", bots.SlotScreen), s.mail.slot("1", bots.SlotCard); screen != "r8" || card != "r5" {
			t.Errorf("slots hold screen %q and card %q, want r8 and r5", screen, card)
		}
		if progress, once := s.mail.slot("1", "progress"), s.mail.slot("1", "once"); progress != "r11" || once != "" {
			t.Errorf("slots hold progress %q and once %q, want r11 and nothing", progress, once)
		}
	})
}

func TestSlotOfAMessageThatIsGoneIsForgotten(t *testing.T) {
	p := &gone{}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		s.mail.person("1", func(p *engine.Person) { p.Contact.Slots[bots.SlotCard] = "r0" })
		id := s.mail.say("1", bots.Message{Slot: bots.SlotCard, OnlyIfShown: true, Text: "card"})
		s.finish()
		s.want(id, "sent")
		if ref := s.mail.slot("1", bots.SlotCard); ref != "" {
			t.Errorf("slot still holds %q", ref)
		}
	})
}

// gone is a platform on which every message to edit has been deleted.
type gone struct{}

func (*gone) Capabilities() bots.Capabilities { return bots.Capabilities{} }

func (*gone) Send(context.Context, bots.Delivery) (bots.Receipt, error) { return bots.Receipt{}, nil }

func TestNoticeInSeveralMessages(t *testing.T) {
	p := &platform{}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		id := s.mail.tell("1", noticeTwo)
		s.finish()
		s.want(id, "sent")
		wantTexts(t, p, "1:card", "1:screen")
		if card, screen := s.mail.slot("1", bots.SlotCard), s.mail.slot("1", bots.SlotScreen); card != "r1" || screen != "r2" {
			t.Errorf("slots hold card %q and screen %q, want r1 and r2", card, screen)
		}
	})
}

func TestNoticeKnowsTheMiniApp(t *testing.T) {
	p := &platform{}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		id := s.mail.tell("1", noticeApp)
		s.finish()
		s.want(id, "sent")
		wantTexts(t, p, "1:https://kava.example/app/p/?to=history")
	})
}

func TestNoticeEditsWhatItHasJustSaid(t *testing.T) {
	p := &platform{}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		s.mail.tell("1", noticeAgain)
		s.finish()
		if got := p.made()[1].Previous; got != "r1" || s.mail.slot("1", bots.SlotScreen) != "r2" {
			t.Errorf("the second message replaces %q and the slot holds %q, want r1 and r2", got, s.mail.slot("1", bots.SlotScreen))
		}
	})
}

func TestNoticeGoesOnWhereItWasInterrupted(t *testing.T) {
	for _, outcome := range []bots.Outcome{bots.RetryAfter, bots.Unknown} {
		t.Run(string(outcome), func(t *testing.T) {
			p := &platform{answer: func(_ context.Context, n int, _ bots.Delivery) (bots.Receipt, error) {
				if n == 2 {
					return bots.Receipt{}, &bots.SendError{Outcome: outcome, Wait: 5 * time.Second}
				}
				return bots.Receipt{}, nil
			}}
			play(t, p, func(s *scene) {
				s.mail.meet("1")
				id, after := s.mail.tell("1", noticeThree), s.mail.say("1", text("after"))
				s.finish()
				s.want(id, "sent")
				s.want(after, "sent")
				wantTexts(t, p, "1:1", "1:2", "1:2", "1:3 for c1", "1:after")
			})
		})
	}
}

func TestRefusedMessageKeepsNothingBack(t *testing.T) {
	p := &platform{answer: func(_ context.Context, n int, _ bots.Delivery) (bots.Receipt, error) {
		if n == 1 {
			return bots.Receipt{}, &bots.SendError{Outcome: bots.Invalid, Code: "bad\x00 \xff text"}
		}
		return bots.Receipt{}, nil
	}}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		id := s.mail.tell("1", noticeThree)
		s.finish()
		s.want(id, "failed: invalid: bad  text")
		wantTexts(t, p, "1:1", "1:2", "1:3 for c1")
	})
}

func TestPanicEndsOneRowOnly(t *testing.T) {
	p := &platform{answer: func(_ context.Context, n int, _ bots.Delivery) (bots.Receipt, error) {
		if n == 1 {
			panic("adapter")
		}
		return bots.Receipt{}, nil
	}}
	play(t, p, func(s *scene) {
		s.mail.meet("1")
		composing, sending, after := s.mail.tell("1", noticePanic), s.mail.say("1", text("boom")), s.mail.say("1", text("after"))
		s.finish()
		s.want(composing, "failed: panic")
		s.want(sending, "failed: panic")
		s.want(after, "sent")
	})
}

func TestRefusedToken(t *testing.T) {
	valid := false
	p := &platform{answer: func(context.Context, int, bots.Delivery) (bots.Receipt, error) {
		if !valid {
			return bots.Receipt{}, fail(bots.Unauthorized)
		}
		return bots.Receipt{}, nil
	}}
	play(t, p, func(s *scene) {
		var ids []string
		for i := range 10 {
			s.mail.meet(fmt.Sprint(i))
			ids = append(ids, s.mail.say(fmt.Sprint(i), text("hello")))
		}
		s.wake()
		at := len(p.made())
		pass(59 * time.Second)
		s.wake()
		if got := len(p.made()); got != at {
			t.Errorf("%d calls while the token is refused", got-at)
		}
		pass(2 * time.Second)
		if got := len(p.made()); got != at+1 {
			t.Errorf("%d calls to try the token again, want 1", got-at)
		}
		valid = true
		s.finish()
		for _, id := range ids {
			s.want(id, "sent")
		}
		if got := s.logs.count("bot token refused"); got != 1 {
			t.Errorf("the operator was told %d times, want once", got)
		}
		var health []string
		for _, h := range s.logs.told() {
			if h == "refused true" || h == "refused false" {
				health = append(health, h)
			}
		}
		if !slices.Equal(health, []string{"refused true", "refused false"}) {
			t.Errorf("health hook was told %q", health)
		}
	})
}

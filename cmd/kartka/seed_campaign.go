package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// toldWeeksAgo is when the broadcast of the past was sent; by now it can be said what it brought.
const toldWeeksAgo = 3

// autumn is a broadcast of the past: two ways to say it, to everybody who agreed, with a tenth held out.
func autumn() campaign.Plan {
	variant := func(uk, ru, en string) campaign.Variant {
		return campaign.Variant{Weight: 1, Content: campaign.Content{Texts: map[string]string{"uk": uk, "ru": ru, "en": en},
			Buttons: []campaign.Button{{Kind: campaign.ButtonCard}, {Kind: campaign.ButtonStop}}}}
	}
	return campaign.Plan{Title: "Усі, хто погодився на новини", Audience: segment.Cond{Fact: "consent", Of: "telegram"}, Holdout: 1000, Window: 7, Variants: []campaign.Variant{
		variant("🍂 <b>Гарбузовий раф повернувся!</b>\n{name|Друже}, на картці вже {balance}: заходьте зігрітися.",
			"🍂 <b>Тыквенный раф вернулся!</b>\n{name|Друг}, на карте уже {balance}: заходите согреться.",
			"🍂 <b>The pumpkin raf is back!</b>\n{name|Friend}, there is {balance} on your card: come and warm up."),
		variant("☕ Осінь смакує кавою. Гарбузовий раф чекає на вас у {shop}.", "☕ Осень на вкус как кофе. Тыквенный раф ждёт вас в {shop}.",
			"☕ Autumn tastes of coffee. A pumpkin raf is waiting for you at {shop}."),
	}}
}

// tell plays a broadcast of the past to its end: most get it, some press a button, a few come sooner than they would have.
func (s *seeder) tell(ctx context.Context, p engine.Program, v venue, codes engine.Codes, regulars []*regular) error {
	mail, ok := s.store.(engine.Deliveries)
	if !ok || v.sender == "" {
		return nil
	}
	chance := rand.New(rand.NewPCG(7, 11))
	was := s.clock
	defer func() { s.clock = was }()
	local := s.clock.In(v.settings.Zone)
	s.clock = time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, v.settings.Zone).UTC()
	e := s.engineAt(s.store, codes)
	if _, _, err := e.KeepTraits(ctx, p.ID); err != nil {
		return err
	}
	c, err := e.SaveBroadcast(ctx, engine.SaveBroadcastInput{ProgramID: p.ID, Name: "Гарбузовий раф", Plan: autumn()})
	if err != nil {
		return err
	}
	if c, err = e.SendBroadcast(ctx, engine.SendBroadcastInput{ProgramID: p.ID, ID: c.ID, Version: c.Version}); engine.IsKind(err, engine.KindInvalid) {
		return nil // a demo so small that nobody is there to be told
	} else if err != nil {
		return err
	}
	of := make(map[string]*regular, len(regulars))
	for _, r := range regulars {
		of[r.member.ID] = r
	}
	for {
		run, err := e.RunCampaigns(ctx, p.ID)
		if err != nil || run.Running == 0 {
			return err
		}
		if err := s.send(ctx, mail, v, &c, of, chance); err != nil {
			return err
		}
	}
}

// send plays what a campaign has to send now.
func (s *seeder) send(ctx context.Context, mail engine.Deliveries, v venue, c *engine.Campaign, of map[string]*regular, chance *rand.Rand) error {
	sent, err := mail.ClaimDeliveries(ctx, engine.DeliveryClaim{ProgramID: c.ProgramID, CampaignID: c.ID, Channel: "telegram", Sender: v.sender, Now: s.clock, Fence: 1, After: -1,
		Limit: 500})
	if err != nil {
		return err
	}
	for i := range sent {
		s.clock = s.clock.Add(35 * time.Millisecond)
		s.told(&sent[i], c, of[sent[i].MemberID], chance)
	}
	if err := errors.Join(mail.SettleDeliveries(ctx, sent), s.pressed(ctx, sent, chance)); err != nil {
		return fmt.Errorf("settle campaign: %w", err)
	}
	return nil
}

// told decides what became of a message, and whether its reader comes for it.
func (s *seeder) told(d *engine.Delivery, c *engine.Campaign, r *regular, chance *rand.Rand) {
	switch n := chance.IntN(100); {
	case n < 3:
		d.State, d.Reason = engine.OutboundFailed, engine.ReasonBlocked
		return
	case n == 3:
		d.State, d.Reason = engine.OutboundUnknown, "answer lost"
	default:
		d.State = engine.OutboundSent
	}
	d.SentAt, d.Until = s.clock, c.Attributed(s.clock)
	if r != nil && chance.IntN(6) == 0 {
		soon := s.clock.Add(time.Duration(20+chance.IntN(70)) * time.Hour)
		if day := rules.DateOf(soon, time.UTC); r.next.After(soon) && day != "" {
			r.next = soon
		}
	}
}

func (s *seeder) pressed(ctx context.Context, sent []engine.Delivery, chance *rand.Rand) error {
	return s.store.InTx(ctx, func(tx engine.Tx) error {
		for _, d := range sent {
			n := chance.IntN(100)
			if d.State != engine.OutboundSent || n >= 12+6*(1-d.Variant) {
				continue
			}
			button := 0
			if n == 0 {
				button = 1
			}
			if err := tx.NotePress(ctx, d, button, button == 1, d.SentAt.Add(time.Duration(1+n)*time.Minute)); err != nil {
				return err
			}
		}
		return nil
	})
}

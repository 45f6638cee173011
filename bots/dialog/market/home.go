package market

import (
	"context"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/segment"
	"kartka/locales"
)

// Home is where a marketer begins: how many guests there are, how many of them may be written to, and the way to everything that a marketer has.
func Home(v talk.View) talk.Output {
	program := v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (size, error) {
		shop, err := readShop(ctx, e, program)
		if err != nil {
			return size{}, err
		}
		return shop.measure(ctx, e, program, segment.All{})
	}, func(v talk.View, s size, err error) talk.Output {
		if err != nil {
			return v.SayAnd(talk.Session{}, v.Screen(note(v, err), talk.Row(button(v.T("owner.home.again.btn"), actHome, ""))))
		}
		text := talk.Paragraphs(v.Rich("market.home.text", locales.Args{"Shop": v.Program.Settings.Name}), s.lines(v))
		return v.SayAnd(talk.Session{}, v.Screen(text,
			talk.Row(button(v.T("broadcast.new.btn"), actNew, "")),
			talk.Row(button(v.T("campaigns.btn"), actCampaigns, ""), button(v.T("triggers.btn"), actTriggers, "")),
			talk.Row(button(v.T("market.segments.btn"), actList, ""), button(v.T("limits.btn"), actLimits, "")),
			talk.Row(talk.Button(v.T("owner.home.poster.btn"), "owner", "poster", "", ""), talk.Button(v.T("owner.home.card.btn"), "guest", "home", "", "")),
			talk.Row(shopButton(v))))
	}))
}

// shopButton leads to the shop at a glance.
func shopButton(v talk.View) bots.Button {
	return talk.Button(v.T("owner.home.btn"), "owner", "home", "", "")
}

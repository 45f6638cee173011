package market

import (
	"cmp"
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/guest"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/segment"
	"kartka/locales"
)

// sampleCard is the number of the card that stands in a preview for somebody without one.
const sampleCard = "100000009"

// sample is the message of a variant as the person would get it as a guest, in a language, with buttons that do nothing. Somebody without a card sees it as a
// guest of the same name.
func sample(v talk.View, c engine.Campaign, variant int, language string) (bots.Message, bool) {
	if v.Member == nil {
		name := v.Contact.Name
		if v.Staff != nil {
			name = cmp.Or(v.Staff.Name, name)
		}
		v.Member = &engine.Member{Name: name, Card: sampleCard}
	}
	v.App = "" // links lead where they lead: nothing is counted
	v.Contact.Language = language
	if l, ok := locales.Parse(language); ok {
		v.P = v.Catalog.Printer(l)
	}
	said := guest.Told(v, c, engine.Delivery{CampaignID: c.ID, Variant: variant}, sampleGift(v, c.Plan.Gift))
	if len(said) == 0 {
		return bots.Message{}, false
	}
	m := said[0]
	for i, row := range m.Buttons {
		for j := range row {
			if row[j].ID != "" {
				m.Buttons[i][j].ID = talk.ID(Flow, actSample, "", "")
			}
		}
	}
	return m, true
}

// sampleGift is what a campaign would give now, nil for nothing.
func sampleGift(v talk.View, g *campaign.Gift) *engine.CampaignGift {
	if g == nil {
		return nil
	}
	s := v.Program.Settings
	gift := &engine.CampaignGift{Points: g.Points, Amount: g.Amount}
	days := g.Days
	switch g.Kind {
	case campaign.GiftPoints:
		if days == 0 {
			days = s.Lots.Days
		}
	case campaign.GiftCoupon:
		kind, ok := s.CouponKind(g.Coupon)
		if !ok {
			return nil
		}
		gift.Coupon, gift.Kind, days = &engine.Coupon{}, kind, kind.Days
	case campaign.GiftCertificate:
		if days == 0 {
			days = s.Gifts.Days
		}
	}
	if days > 0 {
		gift.Until = s.ExpiryAfter(v.Now, days)
	}
	return gift
}

// preview sends the very messages that guests get, one for each text, and says below them what each messenger makes of them and what it costs.
func preview(v talk.View, id string) talk.Output {
	return withRoutes(v, id, func(v talk.View, l loaded) talk.Output {
		var shown []bots.Message
		for i, variant := range l.Plan.Variants {
			for _, language := range l.languages(v) {
				if m, ok := sample(v, l.Campaign, i, language); ok && has(variant.Content, language) {
					shown = append(shown, m)
				}
			}
		}
		d := l.seen()
		if len(shown) == 0 {
			return draftPage(v, id, v.Rich("broadcast.preview.none"))
		}
		text := talk.Paragraphs(v.Rich("broadcast.preview.head"), l.longNote(v), l.routeLines(v), channelLines(v, l.Shop, shown))
		screen := v.Screen(text, d.backTo(v, actDraft))
		screen.Fresh = true // below the messages
		said := make([]bots.Message, 0, len(shown)+1)
		for _, m := range shown {
			said = append(said, fitHere(v, m))
		}
		return v.SayAnd(d.at(stepDraft, v.NewMark()), append(said, screen)...)
	})
}

// fitHere cuts a message to what this chat shows, so that a preview arrives even if the message would not.
func fitHere(v talk.View, m bots.Message) bots.Message {
	m.Purpose = "" // the author asked for it: it needs no consent to news
	if can, ok := bots.CapabilitiesOf(v.Event.From.Channel); ok {
		m, _ = bots.Fit(m, can)
	}
	return m
}

// longNote says which texts do not fit.
func (l loaded) longNote(v talk.View) bots.Rich { return talk.Lines(l.tooLong(v)...) }

// routeLines say how many guests get it by which messenger, what that costs, and whom nothing reaches because the messenger is not connected.
func (l loaded) routeLines(v talk.View) bots.Rich {
	count := func(n int) string {
		if l.Routes.About {
			return "≈ " + v.P.Number(int64(n))
		}
		return v.P.Number(int64(n))
	}
	var lines []bots.Rich
	for _, channel := range segment.Channels() {
		can, ok := bots.CapabilitiesOf(bots.Channel(channel))
		if n := l.Routes.By[channel]; ok && n > 0 {
			lines = append(lines, v.Rich("broadcast.route."+string(can.Cost), locales.Args{"Channel": channelName(v, channel), "Count": count(n)}))
		}
	}
	for _, channel := range segment.Channels() {
		if n := l.Routes.Closed[channel]; n > 0 {
			lines = append(lines, v.Rich("broadcast.route.closed", locales.Args{"Channel": channelName(v, channel), "Count": count(n)}))
		}
	}
	if lines == nil {
		return ""
	}
	return talk.Lines(append([]bots.Rich{v.Rich("broadcast.route.title")}, lines...)...)
}

// channelLines say, for each messenger there is, what it makes of the messages and what one costs.
func channelLines(v talk.View, s shop, shown []bots.Message) bots.Rich {
	var parts []bots.Rich
	for _, channel := range segment.Channels() {
		can, ok := bots.CapabilitiesOf(bots.Channel(channel))
		if !ok {
			continue
		}
		args := locales.Args{"Channel": channelName(v, channel)}
		if !slices.Contains(s.Channels, channel) {
			parts = append(parts, v.Rich("broadcast.preview.unconnected", args))
			continue
		}
		key := "broadcast.preview." + string(can.Cost)
		if can.Cost == bots.CostFree && v.BulkOn(can.Channel).Paid {
			key = "broadcast.preview.charged"
		}
		parts = append(parts, talk.Lines(append([]bots.Rich{v.Rich(key, args)}, lossLines(v, can, shown)...)...))
	}
	return talk.Paragraphs(parts...)
}

// lossLines say what a messenger does to messages, each thing once.
func lossLines(v talk.View, can bots.Capabilities, shown []bots.Message) []bots.Rich {
	var keys []string
	for _, m := range shown {
		_, lost := bots.Fit(m, can)
		for _, loss := range lost {
			if key := lossKey(loss); !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
		if plain := "broadcast.fit.markup"; can.Markup == bots.MarkupNone && bots.Escape(bots.Plain(m.Text)) != m.Text && !slices.Contains(keys, plain) {
			keys = append(keys, plain)
		}
	}
	if keys == nil {
		return []bots.Rich{"• " + v.Rich("broadcast.fit.none")}
	}
	var lines []bots.Rich
	for _, key := range keys {
		lines = append(lines, "• "+v.Rich(key))
	}
	return lines
}

// losses are the words for what [bots.Fit] does to a message of a campaign.
var losses = map[bots.Loss]string{
	{What: "buttons", Why: "regrouped"}:            "broadcast.fit.rows",
	{What: "buttons", Why: "shown as a list"}:      "broadcast.fit.list",
	{What: "buttons", Why: "numbered in the text"}: "broadcast.fit.numbers",
	{What: "labels", Why: "shortened"}:             "broadcast.fit.labels",
	{What: "labels", Why: "numbered to differ"}:    "broadcast.fit.alike",
	{What: "links", Why: "link in the text"}:       "broadcast.fit.links",
	{What: "photo", Why: "not supported"}:          "broadcast.fit.photo",
	{What: "text", Why: "shortened"}:               "broadcast.fit.text",
}

func lossKey(l bots.Loss) string {
	if key, ok := losses[l]; ok {
		return key
	}
	return "broadcast.fit.something"
}

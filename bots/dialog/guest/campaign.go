package guest

import (
	"context"
	"strconv"
	"strings"
	"unicode"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/locales"
	"kartka/words"
)

// actHeard is a button of a campaign's message; arg: the campaign, "." and the button.
const actHeard = "heard"

// Told is what a campaign says to the person, in the person's language where it has a text in it, with what it has given. No messages mean that there is nothing
// to say.
func Told(v talk.View, c engine.Campaign, d engine.Delivery, gift *engine.CampaignGift) []bots.Message {
	if v.Member == nil || d.Variant < 0 || d.Variant >= len(c.Plan.Variants) {
		return nil
	}
	content := c.Plan.Variants[d.Variant].Content
	own := string(v.Language())
	text, language := content.In(append([]string{own}, v.Program.Settings.Languages...)...)
	template, err := campaign.ParseTemplate(text, nil)
	if err != nil {
		return nil
	}
	in := v
	if language != "" && language != own { // numbers and dates are said in the language of the text they stand in
		in.P = v.Catalog.Printer(locales.Language(language))
	}
	m := bots.Message{Purpose: bots.PurposeMarketing,
		Text:    bots.Rich(template.Fill(func(f campaign.Field) string { return string(bots.Escape(field(in, f, gift))) })),
		Buttons: toldButtons(v, c, d, content.Buttons)}
	if content.Picture != "" {
		m.Photo = &bots.Photo{Ref: content.Picture}
	}
	return []bots.Message{m}
}

// field is what a placeholder stands for, "" when that is not known.
func field(v talk.View, f campaign.Field, gift *engine.CampaignGift) string {
	balance := v.Balance()
	switch f {
	case campaign.FieldName:
		return isolated(words.CleanName(v.Member.Name, 40))
	case campaign.FieldShop:
		return isolated(v.Program.Settings.Name)
	case campaign.FieldBalance:
		return v.Points(max(0, balance.Available))
	case campaign.FieldCard:
		return v.P.CardNumber(v.Member.Card)
	case campaign.FieldTier:
		if v.Standing.Tier.ID == "" {
			return ""
		}
		return tierName(v, v.Standing.Tier.ID)
	case campaign.FieldBurning:
		if balance.Next.IsZero() {
			return ""
		}
		return v.Points(balance.NextPoints)
	case campaign.FieldBurningUntil:
		return endOf(v, balance.Next)
	case campaign.FieldGift:
		return giftWords(v, gift)
	case campaign.FieldGiftUntil:
		if gift == nil {
			return ""
		}
		return endOf(v, gift.Until)
	case campaign.FieldVisits:
		return v.P.Number(int64(v.Standing.Visits))
	case campaign.FieldFriendLink:
		return v.DeepLink(talk.Link{Invite: v.Member.InviteTag})
	}
	return ""
}

// giftWords is what a campaign gives, "" for nothing.
func giftWords(v talk.View, gift *engine.CampaignGift) string {
	switch {
	case gift == nil:
		return ""
	case gift.Coupon != nil:
		return couponName(v, gift.Kind.ID)
	case gift.Points > 0:
		return v.Points(gift.Points)
	case gift.Amount > 0:
		return v.Money(gift.Amount)
	}
	return ""
}

// isolated keeps a name that is written from right to left from turning the sentence around it: the marks are U+2068 and U+2069 of Unicode's bidirectional
// algorithm.
func isolated(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool {
		return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko)
	}) {
		return "\u2068" + name + "\u2069"
	}
	return name
}

// toldButtons are the buttons under a campaign's message, each in a row of its own.
func toldButtons(v talk.View, c engine.Campaign, d engine.Delivery, all []campaign.Button) [][]bots.Button {
	var rows [][]bots.Button
	languages := append([]string{string(v.Language())}, v.Program.Settings.Languages...)
	for i, b := range all {
		label := b.Label(languages...)
		if label == "" {
			label = v.Words().CampaignButton(b)
		}
		made := button(label, actHeard, c.ID+"."+strconv.Itoa(i))
		if b.Kind == campaign.ButtonLink {
			made = bots.Button{Text: label, URL: linkOf(v, d, i, b.URL)}
		}
		rows = append(rows, talk.Row(made))
	}
	return rows
}

// linkOf is the address behind a link: our own, which counts the click and leads on, or the link itself where there is no page of ours.
func linkOf(v talk.View, d engine.Delivery, button int, url string) string {
	token := engine.ClickToken(v.Program, d, button)
	if v.App == "" || token == "" || !strings.HasPrefix(v.App, "https://") {
		return url
	}
	return v.AppPage("go/" + token)
}

// told answers a button of a campaign's message.
func toldPress(v talk.View, p talk.Pressed) talk.Output {
	id, place, _ := strings.Cut(p.Arg, ".")
	n, err := strconv.Atoi(place)
	if err != nil || n < 0 || strconv.Itoa(n) != place {
		return v.Say(bots.Message{Ack: v.Ack()})
	}
	programID, memberID := v.Program.ID, v.Member.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.CampaignPress, error) {
		return e.PressCampaign(ctx, programID, id, memberID, n)
	}, toldAnswer))
}

func toldAnswer(v talk.View, press engine.CampaignPress, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	switch press.Kind {
	case campaign.ButtonCoupon:
		if press.Coupon == "" {
			return offers(v, "")
		}
		return activate(v, press.Coupon)
	case campaign.ButtonRate:
		if press.Sale == "" {
			return v.Say(v.Alert(v.T("guest.told.nothing_to_rate")))
		}
		return v.SayAnd(away(v), v.Screen(v.Rich("guest.told.ask"), starRow(v, purchase(press.Sale))))
	case campaign.ButtonStop:
		return setNews(v, false, "campaign", stopped)
	}
	return Home(v)
}

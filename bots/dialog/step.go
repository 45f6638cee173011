package dialog

import (
	"context"

	"kartka/bots"
	"kartka/bots/dialog/guest"
	"kartka/bots/dialog/market"
	"kartka/bots/dialog/owner"
	"kartka/bots/dialog/staff"
	"kartka/bots/dialog/talk"
	"kartka/engine"
)

// Step answers one deed.
func Step(v talk.View) talk.Output {
	switch v.Event.Kind {
	case bots.EventIgnored:
		return v.Say()
	case bots.EventGroup:
		return group(v)
	case bots.EventBlocked, bots.EventUnblocked:
		return reach(v)
	case bots.EventStart:
		return start(v, talk.ParseLink(v.Event.Payload))
	case bots.EventCommand:
		return command(v)
	case bots.EventPress:
		return press(v)
	}
	if !open(v) {
		return guest.Closed(v)
	}
	if v.Event.Kind == bots.EventContact {
		return contact(v)
	}
	return text(v)
}

// open reports whether the program can be used by this person: one that is being set up only by its owner.
func open(v talk.View) bool { return v.Program.State != engine.ProgramSetup || v.Staff != nil }

func start(v talk.View, l talk.Link) talk.Output {
	switch {
	case l.Staff != "":
		return accept(v, l.Staff)
	case !open(v):
		return guest.Closed(v)
	case l.Card != "" && v.AtCounter():
		return staff.Scan(v, l.Card)
	case l == talk.Link{} && v.Owns() && v.Program.State == engine.ProgramSetup:
		return owner.Begin(v)
	case l == talk.Link{} && v.AtCounter():
		return staff.Home(v)
	case l == talk.Link{} && v.Markets() && v.Member == nil:
		return whenOpen(market.Home)(v)
	}
	return guest.Start(v, l)
}

// accept makes the person staff by an invitation.
func accept(v talk.View, token string) talk.Output {
	language := string(v.Language())
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Staff, error) {
		return e.AcceptInvite(ctx, v.Program.ID, v.Contact.ID, token, language)
	}, func(v talk.View, s engine.Staff, err error) talk.Output {
		if err == nil && s.Role == engine.RoleOwner && v.Program.State == engine.ProgramSetup {
			return owner.Begin(v)
		}
		return staff.Joined(v, err)
	}))
}

// Commands lists every command in the order of menus.
func Commands() []talk.Command {
	all := append(staff.Commands(), owner.Commands()...)
	for _, c := range market.Commands() {
		c.Handle = whenOpen(c.Handle)
		all = append(all, c)
	}
	return append(all, guest.Commands()...)
}

// whenOpen leads whoever asks too early back to the wizard, or to waiting for it.
func whenOpen(handle func(talk.View) talk.Output) func(talk.View) talk.Output {
	return func(v talk.View) talk.Output {
		if v.Program.State == engine.ProgramSetup {
			return owner.Begin(v)
		}
		return handle(v)
	}
}

func command(v talk.View) talk.Output {
	for _, c := range Commands() {
		if c.Name != v.Event.Command || (c.May != nil && !c.May(v)) {
			continue
		}
		if !open(v) {
			return guest.Closed(v)
		}
		return c.Handle(v)
	}
	if !open(v) {
		return guest.Closed(v)
	}
	return guest.Unknown(v)
}

// press sends a pressed button to the conversation that made it. Forged ids are answered with nothing but the end of the
// button's waiting.
func press(v talk.View) talk.Output {
	silent := v.Say(bots.Message{Ack: v.Ack()})
	if v.Event.Press == nil {
		return v.Say()
	}
	p, ok := talk.ParseID(v.Event.Press.ID)
	if !ok {
		return silent
	}
	if !open(v) {
		return guest.Closed(v)
	}
	switch p.Flow {
	case guest.Flow:
		return guest.Press(v, p)
	case staff.Flow:
		if v.AtCounter() {
			return staff.Press(v, p)
		}
		return v.Say(v.Alert(v.T("error.not_staff")))
	case owner.Flow:
		if v.Staff != nil && !v.Staff.Disabled {
			return owner.Press(v, p)
		}
		return v.Say(v.Alert(v.T("error.not_staff")))
	case market.Flow:
		if v.Staff != nil && !v.Staff.Disabled {
			return whenOpen(func(v talk.View) talk.Output { return market.Press(v, p) })(v)
		}
		return v.Say(v.Alert(v.T("error.not_staff")))
	}
	return silent
}

func contact(v talk.View) talk.Output {
	switch {
	case v.Session.Flow == owner.Flow && v.Staff != nil && !v.Staff.Disabled:
		return owner.Contact(v)
	case v.Session.Flow == market.Flow && v.Markets():
		return whenOpen(market.Contact)(v)
	case v.Session.Flow == staff.Flow && v.AtCounter() && v.Event.Contact != nil && !v.Event.Contact.Own:
		return staff.Contact(v)
	}
	return guest.Contact(v)
}

func text(v talk.View) talk.Output {
	v = guest.Lapsed(v)
	switch {
	case v.Session.Flow == owner.Flow && v.Staff != nil && !v.Staff.Disabled:
		return owner.Text(v)
	case v.Session.Flow == market.Flow && v.Markets():
		return whenOpen(market.Text)(v)
	case v.Session.Flow == guest.Flow:
		return guest.Text(v)
	case v.AtCounter():
		return staff.Text(v)
	}
	return guest.Text(v)
}

// group answers in a group with nothing personal: the bot works in private chats.
func group(v talk.View) talk.Output {
	return v.Say(bots.Message{ChatID: v.Event.ChatID, Text: v.Rich("guest.group.text"), Ack: v.Ack(),
		Buttons: talk.Column(bots.Button{Text: v.T("guest.group.btn"), URL: v.DeepLink(talk.Link{})})})
}

// reach notes that the person blocked or unblocked the bot.
func reach(v talk.View) talk.Output {
	blocked := v.Event.Kind == bots.EventBlocked
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (struct{}, error) {
		return struct{}{}, e.Blocked(ctx, v.Person, blocked)
	}, func(v talk.View, _ struct{}, _ error) talk.Output { return v.Say() }))
}

// Notice puts a notice into words for the person it is for. No messages mean that there is nothing to say any more.
func Notice(v talk.View, n engine.Notice) []bots.Message {
	switch n.Kind {
	case engine.NoticeSpendDone, engine.NoticeSpendDenied, engine.NoticeSpendLate, engine.NoticeStaffJoined, engine.NoticeStaffLeft:
		return staff.Notice(v, n)
	case engine.NoticeLowRating:
		return owner.Notice(v, n)
	case engine.NoticeCampaignApprove, engine.NoticeCampaignAnswer, engine.NoticeCampaignOverdue, engine.NoticeCampaignProgress, engine.NoticeCampaignRests,
		engine.NoticeCampaignDone:
		return market.Notice(v, n)
	case engine.NoticeTrigger:
		return owner.Triggered(v, n)
	}
	return guest.Notice(v, n)
}

// Campaign puts what a campaign says into words for the person it is for. No messages mean that there is nothing to say.
func Campaign(v talk.View, c engine.Campaign, d engine.Delivery, gift *engine.CampaignGift) []bots.Message {
	return guest.Told(v, c, d, gift)
}

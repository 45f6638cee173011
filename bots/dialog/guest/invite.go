package guest

import (
	"context"
	"fmt"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

// friend is somebody the person brought.
type friend struct {
	engine.Referral
	Name string // "" when unknown, or gone
}

// Of the friends a person brought, so many are read, and so many of these are told one by one.
const (
	friendsRead = 100
	friendsTold = 8
)

// invite gives the person's own link to pass on and, where friends are rewarded, says what for and how far each has come.
func invite(v talk.View) talk.Output {
	if !v.Program.Settings.Referral.On {
		return invited(v, nil, nil)
	}
	programID, memberID := v.Program.ID, v.Member.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) ([]friend, error) {
		return friendsOf(ctx, e.Store(), programID, memberID)
	}, invited))
}

func friendsOf(ctx context.Context, reads engine.Reads, programID, memberID string) ([]friend, error) {
	all, err := reads.ReferralsOf(ctx, programID, memberID, friendsRead)
	if err != nil {
		return nil, fmt.Errorf("read friends: %w", err)
	}
	friends := make([]friend, len(all))
	for i, r := range all {
		friends[i].Referral = r
		if i >= friendsTold {
			continue
		}
		m, err := reads.Member(ctx, programID, r.FriendID)
		if err != nil && !engine.IsKind(err, engine.KindNotFound) {
			return nil, fmt.Errorf("read friend: %w", err)
		}
		friends[i].Name = m.Name
	}
	return friends, nil
}

func invited(v talk.View, friends []friend, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	program := locales.Args{"Program": v.Program.Settings.Name}
	link := v.DeepLink(talk.Link{Invite: v.Member.InviteTag})
	text := v.Rich("guest.invite.text", program, locales.Args{"Link": link})
	var welcome bots.Rich
	if gift := v.Program.Settings.Welcome.Points; gift > 0 {
		welcome = v.Rich("guest.invite.welcome", locales.Args{"Points": v.Points(gift)})
	}
	text = talk.Paragraphs(text, welcome, reward(v), friendList(v, friends))
	row := talk.Row(bots.Button{Text: v.T("guest.invite.copy.btn"), Copy: link})
	if share := bots.ShareLink(bots.Channel(v.Bot.Channel), link, v.T("guest.invite.message", program)); share != "" {
		row = append(talk.Row(bots.Button{Text: v.T("guest.invite.share.btn"), URL: share}), row...)
	}
	return v.SayAnd(away(v), v.Screen(text, row, talk.Row(cardButton(v))))
}

// reward says what both get for a friend's purchase, and when.
func reward(v talk.View) bots.Rich {
	r := v.Program.Settings.Referral
	if !r.On {
		return ""
	}
	var inviter, friend, levels, when, wait, most bots.Rich
	if r.Inviter > 0 {
		inviter = v.Rich("guest.invite.you", locales.Args{"Points": v.Points(r.Inviter)})
	}
	if r.Friend > 0 {
		friend = v.Rich("guest.invite.friend", locales.Args{"Points": v.Points(r.Friend)})
	}
	if len(r.Levels) > 0 && r.Levels[0] > 0 {
		levels = v.Rich("guest.invite.level", locales.Args{"Rate": v.Percent(r.Levels[0])})
	}
	if inviter != "" || friend != "" {
		switch {
		case r.Purchase > 1:
			when = v.Rich("guest.invite.when.later", locales.Args{"No": r.Purchase})
		default:
			when = v.Rich("guest.invite.when.first")
		}
		if r.MinCheck > 0 {
			when = talk.Lines(when, v.Rich("guest.invite.from", locales.Args{"Sum": v.Money(r.MinCheck)}))
		}
	}
	if r.HoldDays > 0 {
		wait = v.Rich("guest.invite.wait", locales.Args{"Days": v.P.Days(int64(r.HoldDays))})
	}
	if r.MaxPerMonth > 0 {
		most = v.Rich("guest.why.reason", locales.Args{"Reason": v.P.N("terms.referral.most", int64(r.MaxPerMonth))})
	}
	return talk.Lines(inviter, friend, levels, when, wait, most)
}

// friendList tells how far each of the newest friends has come.
func friendList(v talk.View, friends []friend) bots.Rich {
	if len(friends) == 0 {
		return ""
	}
	lines := []bots.Rich{v.Rich("guest.invite.friends", locales.Args{"All": len(friends)})}
	for _, f := range friends[:min(len(friends), friendsTold)] {
		args := locales.Args{"Name": firstName(v, f.Name), "Points": v.Points(f.Inviter), "Date": v.Date(f.DueAt)}
		lines = append(lines, v.Rich("guest.invite.state."+string(f.State), args))
	}
	if more := len(friends) - friendsTold; more > 0 {
		lines = append(lines, v.Rich("guest.invite.more", locales.Args{"More": more}))
	}
	return talk.Lines(lines...)
}

// firstName is what friends are called: never more than the first word of what they call themselves.
func firstName(v talk.View, name string) string {
	first, _, _ := strings.Cut(words.CleanName(name, 64), " ")
	if first = words.CleanName(first, 30); first != "" {
		return first
	}
	return v.T("guest.invite.nameless")
}

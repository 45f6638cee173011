package miniapp

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"kartka/engine"
	"kartka/miniapp/ui"
	"kartka/words"
)

// Of the friends a guest brought, so many are read, and so many of these are told one by one.
const (
	friendsRead = 100
	friendsTold = 20
)

// chatLink opens the chat with a bot by the platform's own address, with what the link says as its payload, "" for nothing.
func chatLink(b engine.Bot, payload string) string {
	switch b.Channel {
	case "viber":
		return "viber://pa?chatURI=" + url.QueryEscape(b.Username) + "&context=" + url.QueryEscape(payload)
	case "whatsapp":
		return "https://wa.me/" + b.Username + "?text=" + url.QueryEscape(payload)
	}
	if payload == "" {
		return "https://t.me/" + b.Username
	}
	return "https://t.me/" + b.Username + "?start=" + url.QueryEscape(payload)
}

// shareLink asks Telegram whom to send a link to, with a text before it.
func shareLink(link, text string) string {
	return "https://t.me/share/url?url=" + url.QueryEscape(link) + "&text=" + strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// invite gives the guest's own link to pass on, and says what for and how far each friend has come.
func (a *App) invite(w http.ResponseWriter, r *http.Request, v *visitor) error {
	link := chatLink(v.Bot, "i_"+v.Member.InviteTag)
	page := ui.Invite{
		About: v.W.T("app.invite.about", args{"Program": v.Program.Settings.Name}),
		Share: ui.Share{Link: link, Text: v.W.T("guest.invite.message", args{"Program": v.Program.Settings.Name})},
	}
	page.Share.Address = shareLink(link, page.Share.Text)
	v.inviteTerms(&page)
	if v.Program.Settings.Referral.On {
		friends, err := a.Engine.Store().ReferralsOf(r.Context(), v.Program.ID, v.Member.ID, friendsRead)
		if err != nil {
			return fmt.Errorf("read friends: %w", err)
		}
		for _, f := range friends[:min(len(friends), friendsTold)] {
			m, err := a.Engine.Store().Member(r.Context(), v.Program.ID, f.FriendID)
			if err != nil && !engine.IsKind(err, engine.KindNotFound) {
				return fmt.Errorf("read friend: %w", err)
			}
			page.Friends = append(page.Friends, v.plain("guest.invite.state."+string(f.State),
				args{"Name": v.firstName(m.Name), "Points": v.W.Points(f.Inviter), "Date": v.W.Date(f.DueAt)}))
		}
		page.All, page.More = len(friends), max(0, len(friends)-friendsTold)
	}
	f, err := a.frame(r, v, "more", v.plain("guest.invite.btn"))
	if err != nil {
		return err
	}
	f.Back, f.Script = v.base+"more", "more.js"
	return a.show(w, r, v, f, page)
}

// inviteTerms are what both get, and when.
func (v *visitor) inviteTerms(page *ui.Invite) {
	s := v.Program.Settings
	gets := func(key string, given args) { page.Gets = append(page.Gets, v.plain(key, given)) }
	when := func(key string, given args) { page.When = append(page.When, v.plain(key, given)) }
	if gift := s.Welcome.Points; gift > 0 {
		gets("guest.invite.welcome", args{"Points": v.W.Points(gift)})
	}
	rules := s.Referral
	if !rules.On {
		return
	}
	if rules.Inviter > 0 {
		gets("guest.invite.you", args{"Points": v.W.Points(rules.Inviter)})
	}
	if rules.Friend > 0 {
		gets("guest.invite.friend", args{"Points": v.W.Points(rules.Friend)})
	}
	if len(rules.Levels) > 0 && rules.Levels[0] > 0 {
		gets("guest.invite.level", args{"Rate": v.W.Percent(rules.Levels[0])})
	}
	if rules.Inviter > 0 || rules.Friend > 0 {
		if rules.Purchase > 1 {
			when("guest.invite.when.later", args{"No": rules.Purchase})
		} else {
			when("guest.invite.when.first", nil)
		}
		if rules.MinCheck > 0 {
			when("guest.invite.from", args{"Sum": v.W.Money(rules.MinCheck)})
		}
	}
	if rules.HoldDays > 0 {
		when("guest.invite.wait", args{"Days": v.W.P.Days(int64(rules.HoldDays))})
	}
	if rules.MaxPerMonth > 0 {
		page.When = append(page.When, v.W.P.N("terms.referral.most", int64(rules.MaxPerMonth)))
	}
}

// firstName is what friends are called: never more than the first word of what they call themselves.
func (v *visitor) firstName(name string) string {
	first, _, _ := strings.Cut(words.CleanName(name, 64), " ")
	if first = words.CleanName(first, 30); first != "" {
		return first
	}
	return v.W.T("guest.invite.nameless")
}

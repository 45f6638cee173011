package guest

import (
	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/locales"
)

// invite gives the person's own link to pass on.
func invite(v talk.View) talk.Output {
	program := locales.Args{"Program": v.Program.Settings.Name}
	link := v.DeepLink(talk.Link{Invite: v.Member.InviteTag})
	text := v.Rich("guest.invite.text", program, locales.Args{"Link": link})
	if gift := v.Program.Settings.Welcome.Points; gift > 0 {
		text = talk.Paragraphs(text, v.Rich("guest.invite.welcome", locales.Args{"Points": v.Points(gift)}))
	}
	row := talk.Row(bots.Button{Text: v.T("guest.invite.copy.btn"), Copy: link})
	if share := bots.ShareLink(bots.Channel(v.Bot.Channel), link, v.T("guest.invite.message", program)); share != "" {
		row = append(talk.Row(bots.Button{Text: v.T("guest.invite.share.btn"), URL: share}), row...)
	}
	return v.SayAnd(away(v), v.Screen(text, row, talk.Row(cardButton(v))))
}

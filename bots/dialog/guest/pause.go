package guest

import (
	"context"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
)

// leaveRows are what stops the card: for a while, or for good. A card that the shop has blocked is not the guest's to pause.
func leaveRows(v talk.View) [][]bots.Button {
	var rows [][]bots.Button
	if v.Member.State != engine.MemberBlocked {
		rows = append(rows, talk.Row(pauseButton(v)))
	}
	return append(rows, talk.Row(button(v.T("guest.settings.delete.btn"), actDelete, "")))
}

func pauseButton(v talk.View) bots.Button {
	if v.Member.State == engine.MemberPaused {
		b := button(v.T("guest.pause.resume.btn"), actPause, "off")
		b.Style = bots.StylePrimary
		return b
	}
	return button(v.T("guest.pause.btn"), actPause, "on")
}

// pause stops the guest's own card, or lets it work again. Whoever pressed by mistake presses again, so nothing is asked.
func pause(v talk.View, arg string) talk.Output {
	if arg != "on" && arg != "off" {
		return v.Say(bots.Message{Ack: v.Ack()})
	}
	programID, memberID := v.Program.ID, v.Member.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (struct{}, error) {
		return struct{}{}, e.PauseCard(ctx, programID, memberID, arg == "on")
	}, paused))
}

func paused(v talk.View, _ struct{}, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	done := v.T("guest.pause.off.toast")
	if v.Member.State == engine.MemberPaused {
		done = v.T("guest.pause.on.toast")
	}
	if v.PressedOn(bots.SlotCard) {
		return v.SayAnd(away(v), toast(card(v, ""), done))
	}
	return v.SayAnd(away(v), toast(settingsScreen(v), done), refresh(v))
}

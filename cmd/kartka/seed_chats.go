package main

import (
	"context"
	"fmt"

	"kartka/bots"
	"kartka/bots/sandbox/telegram"
	"kartka/engine"
)

// firstChat is the sandbox's id of the first guest of the past; each venue has a range of its own.
const (
	firstChat    = 100_000
	chatsOfVenue = 10_000
)

// chat gives a guest who is about to join a chat with the bot, seven times of ten: the others have plastic, or a number by heart. Nobody is told of the past, for the
// bot begins to speak when it is over. It returns "" for whoever has none.
func (s *seeder) chat(ctx context.Context, tx engine.Tx, v venue, in engine.JoinInput) (contactID string, err error) {
	s.seen++
	if v.sender == "" || s.seen%10 >= 7 {
		return "", nil
	}
	p := telegram.Person{ID: v.firstChat + int64(s.seen), FirstName: in.Name, LanguageCode: in.Language}
	c, err := tx.TouchContact(ctx, engine.Contact{ID: s.id(), ProgramID: in.ProgramID, Name: in.Name, Locale: in.Language, CreatedAt: in.At,
		Address: engine.Address{Channel: string(bots.Telegram), Sender: v.sender, UserID: fmt.Sprint(p.ID)}})
	if err != nil {
		return "", fmt.Errorf("make contact: %w", err)
	}
	s.known = append(s.known, p)
	return c.ID, nil
}

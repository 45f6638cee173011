package engine

import (
	"context"
	"fmt"
	"time"
)

// Meet notes that a person wrote to one of the program's bots and reads everything about the person.
func (e *Engine) Meet(ctx context.Context, program Program, bot Bot, c Contact) (Person, error) {
	var person Person
	c.ID, c.ProgramID, c.CreatedAt = e.newID(), program.ID, e.Now()
	err := e.store.InTx(ctx, func(tx Tx) (err error) {
		if _, err = tx.TouchContact(ctx, c); err != nil {
			return fmt.Errorf("touch contact: %w", err)
		}
		person, err = tx.Person(ctx, program.ID, c.Address, c.CreatedAt)
		return err
	})
	person.Program, person.Bot = program, bot
	return person, err
}

// PersonAt reads everything about the person at an address, without noting a visit.
func (e *Engine) PersonAt(ctx context.Context, program Program, bot Bot, a Address) (Person, error) {
	person, err := e.store.Person(ctx, program.ID, a, e.Now())
	if err != nil {
		return Person{}, fmt.Errorf("read person: %w", err)
	}
	person.Program, person.Bot = program, bot
	return person, nil
}

// PeopleAt is PersonAt for many addresses of a bot, by user id. Who is not known there is left out.
func (e *Engine) PeopleAt(ctx context.Context, program Program, bot Bot, users []string) (map[string]Person, error) {
	people, err := e.store.People(ctx, program.ID, bot.Channel, bot.Sender, users, e.Now())
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	for user, p := range people {
		p.Program, p.Bot = program, bot
		people[user] = p
	}
	return people, nil
}

// Turn is what a delivery from a messenger led to in the conversation.
type Turn struct {
	ProgramID string
	ContactID string
	InboundID string
	Session   []byte
	Version   int64 // of the session the turn began from
	Say       []Outbound
	// Dead is why the delivery is put aside instead of done, "" otherwise.
	Dead string
}

// EndTurn stores the conversation, queues what is said and marks the delivery done, in one transaction. KindConflict says
// that another process was faster: the turn must be dropped.
func (e *Engine) EndTurn(ctx context.Context, t Turn) error {
	now := e.Now()
	return e.store.InTx(ctx, func(tx Tx) error {
		state := InboundDone
		if t.Dead != "" {
			state = InboundDead
		}
		if err := tx.SettleInbound(ctx, t.ProgramID, t.InboundID, state, t.Dead); err != nil {
			return fmt.Errorf("settle delivery: %w", err)
		}
		if t.ContactID != "" {
			if err := tx.SaveSession(ctx, t.ProgramID, t.ContactID, t.Session, t.Version); err != nil {
				return fmt.Errorf("save session: %w", err)
			}
		}
		for i := range t.Say {
			out := &t.Say[i]
			out.ID, out.ProgramID, out.At, out.Wait = e.newID(), t.ProgramID, now, time.Time{}
			out.Key = fmt.Sprintf("turn:%s:%d", t.InboundID, i)
		}
		if err := tx.Enqueue(ctx, t.Say...); err != nil {
			return fmt.Errorf("queue messages: %w", err)
		}
		return nil
	})
}

// Bury puts a delivery that cannot be handled aside for the operator.
func (e *Engine) Bury(ctx context.Context, programID, inboundID, reason string) error {
	return e.store.InTx(ctx, func(tx Tx) error {
		return tx.SettleInbound(ctx, programID, inboundID, InboundDead, reason)
	})
}

// SaveSlot remembers the platform's reference of a contact's living message; "" forgets it.
func (e *Engine) SaveSlot(ctx context.Context, programID, contactID, slot, ref string) error {
	return e.store.InTx(ctx, func(tx Tx) error { return tx.SaveSlot(ctx, programID, contactID, slot, ref) })
}

package main

import (
	"context"

	"kartka/engine"
	"kartka/engine/money"
)

// How much is spent, and by how many of a hundred, where guests spend.
const (
	spendPercent = 30
	spendLeast   = money.Points(10)
	spendMost    = money.Points(30)
)

// selling is a scenario of postings: complete ones, as a till sends them, with two lines and a receipt number. They are of all accounts, or
// of one, which is another one in each measurement, so that none begins with what the last one left behind. So many spenders of a hundred
// ask to spend.
func (b *bench) selling(name string, inFlight int, hot bool, spenders int) scenario {
	return scenario{name: name, inFlight: inFlight, members: b.members, measure: func(ctx context.Context, t turn) (measured, error) {
		e := b.app.engine
		if name == "post/serial" {
			e = b.serial
		}
		buyer := b.anyone
		if hot {
			one := b.past.guest(int(b.hot.Add(1)) % b.members)
			buyer = func(*asker) guest { return one }
		}
		return loop(ctx, t, inFlight, b.meter, func(ctx context.Context, a *asker) error {
			sale := b.check(a)
			sale.MemberID = buyer(a).member
			if a.rand.IntN(100) < spenders {
				sale.Redeem = spendLeast + money.Points(a.rand.Int64N(int64(spendMost-spendLeast)+1))
			}
			key := e.NewID()
			sale.ReceiptNo = key
			_, err := e.Post(ctx, engine.PostInput{Key: key, Sale: sale})
			if engine.IsKind(err, engine.KindInsufficient) {
				return errRefused
			}
			return err
		})
	}}
}

// check is a check of [checkLines].
func (b *bench) check(a *asker) engine.SaleInput {
	return engine.SaleInput{ProgramID: b.program.ID, LocationID: b.place.ID, Till: "1", Source: "till", Lines: checkLines(a.rand)}
}

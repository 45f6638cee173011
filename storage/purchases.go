package storage

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

const (
	openingQuery = `SELECT balance, debt FROM posting WHERE program_id = $1 AND account_id = $2 AND account_id <> '' AND recorded_at < $3
		ORDER BY recorded_at DESC, id DESC LIMIT 1`
	lastVisitQuery = `SELECT occurred_at FROM (
			SELECT * FROM (SELECT occurred_at FROM posting WHERE program_id = $1 AND account_id = $4 AND account_id <> '' AND sold AND occurred_at < $3
				ORDER BY occurred_at DESC LIMIT 1) AS made
			UNION ALL
			SELECT * FROM (SELECT occurred_at FROM sale WHERE program_id = $1 AND member_id = $2 AND member_id <> '' AND occurred_at < $3
				ORDER BY occurred_at DESC LIMIT 1) AS corrected
		) AS last ORDER BY occurred_at DESC LIMIT 1`
)

// purchaseStream reads of sales what a backtest judges them by.
func purchaseStream() stream {
	return salesStream(
		`id, member_id, account_id, location_id, source, total, burned AS redeemed, discount, earned, occurred_at, CAST(0 AS bigint) AS returned_total,
			CAST(0 AS bigint) AS reversed_earn, CAST(0 AS bigint) AS reversed_redeem, did, lines`,
		`id, member_id, account_id, location_id, source, total, redeemed, discount, earned, occurred_at, returned_total, reversed_earn, reversed_redeem,
			did, lines`)
}

// EachPurchase implements [engine.MechanicReads], page by page as [reads.EachSale] does.
func (r reads) EachPurchase(ctx context.Context, programID string, from, to time.Time, each func(engine.Sale) error) error {
	return r.eachPage(ctx, purchaseStream(), scanPurchase(programID), programID, from, to, oneByOne(each))
}

// purchasePages is how many pages [Store.EachPurchase] may be ahead.
const purchasePages = 2

// EachPurchase reads ahead on a connection of its own while sales are handed over. A transaction has one connection, and reads one
// thing after the other.
func (s *Store) EachPurchase(ctx context.Context, programID string, from, to time.Time, each func(engine.Sale) error) error {
	work, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	pages := make(chan []engine.Sale, purchasePages)
	var failed error // read when pages is closed
	running.Go(func() {
		defer close(pages)
		failed = s.eachPage(work, purchaseStream(), scanPurchase(programID), programID, from, to, func(page []engine.Sale) error {
			select {
			case pages <- page:
				return nil
			case <-work.Done():
				return work.Err()
			}
		})
	})
	hand := oneByOne(each)
	for page := range pages {
		if err := hand(page); err != nil {
			return err
		}
	}
	return failed
}

// scanPurchase makes a scanner that is used again for each row. Numbers are scanned by way of int64: SQLite's adapter knows that type
// without reflection, and there are millions of them.
func scanPurchase(programID string) func(pgx.Row) (engine.Sale, error) {
	var did, lines string
	var total, redeemed, discount, earned, returned, reversedEarn, reversedRedeem int64
	var s engine.Sale
	into := []any{&s.ID, &s.MemberID, &s.AccountID, &s.LocationID, &s.Source, &total, &redeemed, &discount, &earned, &s.OccurredAt, &returned,
		&reversedEarn, &reversedRedeem, &did, &lines}
	return func(row pgx.Row) (engine.Sale, error) {
		if err := row.Scan(into...); err != nil {
			return engine.Sale{}, err
		}
		out := s
		out.ProgramID = programID
		out.Total, out.Redeemed, out.Discount, out.Earned = money.Amount(total), money.Points(redeemed), money.Amount(discount), money.Points(earned)
		out.ReturnedTotal, out.ReversedEarn, out.ReversedRedeem = money.Amount(returned), money.Points(reversedEarn), money.Points(reversedRedeem)
		var err error
		if out.Lines, err = decodeGoods(lines); err != nil || !strings.Contains(did, `"stamps"`) {
			return out, err
		}
		var only struct {
			Stamps []rules.StampChange `json:"stamps"`
		}
		err = decode("did", did, &only)
		out.Did.Stamps = only.Stamps
		return out, err
	}
}

// decodeGoods reads of lines what was sold and what was returned.
func decodeGoods(text string) ([]engine.SaleLine, error) {
	lines, err := decodeLines(nil, text)
	for i, l := range lines {
		lines[i] = engine.SaleLine{No: l.No, Line: l.Line, ReturnedQty: l.ReturnedQty, ReturnedNet: l.ReturnedNet}
	}
	return lines, err
}

// Opening implements [engine.MechanicReads].
func (r reads) Opening(ctx context.Context, programID, memberID, accountID string, at time.Time) (o engine.Opening, err error) {
	o, err = one(ctx, r.q, "opening", func(row pgx.Row) (o engine.Opening, err error) {
		err = row.Scan(&o.Balance, &o.Debt)
		return o, err
	}, openingQuery, programID, accountID, at)
	if err != nil && !engine.IsKind(err, engine.KindNotFound) {
		return engine.Opening{}, err
	}
	o.LastVisit, err = one(ctx, r.q, "last visit", func(row pgx.Row) (t time.Time, err error) {
		err = row.Scan(&t)
		return t.UTC(), err
	}, lastVisitQuery, programID, memberID, at, accountID)
	if err != nil && !engine.IsKind(err, engine.KindNotFound) {
		return engine.Opening{}, err
	}
	return o, nil
}

package storage

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

const (
	eachPurchaseQuery = `SELECT id, member_id, account_id, location_id, source, total, redeemed, discount, earned, occurred_at, returned_total,
			reversed_earn, reversed_redeem, did
		FROM sale WHERE program_id = $1 AND (member_id, occurred_at, id) > ($2, $3, $4) AND occurred_at >= $5 AND occurred_at < $6
		ORDER BY member_id, occurred_at, id LIMIT $7`
	boughtQuery = `SELECT sale_id, no, sku, name, category, quantity, net, no_earn, no_redeem, returned_qty, returned_net
		FROM sale_line WHERE program_id = $1 AND sale_id = ANY($2) ORDER BY sale_id, no`
	openingQuery = `SELECT balance, debt FROM posting WHERE program_id = $1 AND account_id = $2 AND account_id <> '' AND recorded_at < $3
		ORDER BY recorded_at DESC, id DESC LIMIT 1`
	lastVisitQuery = `SELECT occurred_at FROM sale WHERE program_id = $1 AND member_id = $2 AND member_id <> '' AND occurred_at < $3
		ORDER BY occurred_at DESC, id DESC LIMIT 1`
)

// EachPurchase implements [engine.MechanicReads], page by page as [reads.EachSale] does.
func (r reads) EachPurchase(ctx context.Context, programID string, from, to time.Time, each func(engine.Sale) error) error {
	return r.eachSale(ctx, eachPurchaseQuery, scanPurchase(programID), r.fillPurchases, programID, from, to, each)
}

// purchasePages is how many pages each stage of [Store.EachPurchase] may be ahead of the next.
const purchasePages = 2

// EachPurchase reads ahead on connections of its own: sales of one page, while lines of the page before are read, while the page before
// that is handed over. A transaction has one connection, and reads one thing after the other.
func (s *Store) EachPurchase(ctx context.Context, programID string, from, to time.Time, each func(engine.Sale) error) error {
	work, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	bare, whole := make(chan []engine.Sale, purchasePages), make(chan []engine.Sale, purchasePages)
	var bareErr, wholeErr error // each is read when its channel is closed
	running.Go(func() {
		defer close(bare)
		// The next stage fills in lines while this one goes on with its own page.
		gather := func(ctx context.Context, _ string, page []engine.Sale) error {
			return pass(ctx, bare, slices.Clone(page))
		}
		skip := func(engine.Sale) error { return nil }
		bareErr = s.eachSale(work, eachPurchaseQuery, scanPurchase(programID), gather, programID, from, to, skip)
	})
	running.Go(func() {
		defer close(whole)
		for page := range bare {
			if wholeErr = s.fillPurchases(work, programID, page); wholeErr == nil {
				wholeErr = pass(work, whole, page)
			}
			if wholeErr != nil {
				return
			}
		}
		wholeErr = bareErr
	})
	for page := range whole {
		for i := range page {
			if err := each(page[i]); err != nil {
				return err
			}
		}
	}
	return wholeErr
}

// pass hands a page on, unless the context ends first.
func pass(ctx context.Context, to chan<- []engine.Sale, page []engine.Sale) error {
	select {
	case to <- page:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Numbers are scanned by way of int64: SQLite's adapter knows that type without reflection, and there are millions of them.
func scanPurchase(programID string) func(pgx.Row) (engine.Sale, error) {
	var did string
	var total, redeemed, discount, earned, returned, reversedEarn, reversedRedeem int64
	var s engine.Sale
	into := []any{&s.ID, &s.MemberID, &s.AccountID, &s.LocationID, &s.Source, &total, &redeemed, &discount, &earned, &s.OccurredAt, &returned,
		&reversedEarn, &reversedRedeem, &did}
	return func(row pgx.Row) (engine.Sale, error) {
		if err := row.Scan(into...); err != nil {
			return engine.Sale{}, err
		}
		out := s
		out.ProgramID = programID
		out.Total, out.Redeemed, out.Discount, out.Earned = money.Amount(total), money.Points(redeemed), money.Amount(discount), money.Points(earned)
		out.ReturnedTotal, out.ReversedEarn, out.ReversedRedeem = money.Amount(returned), money.Points(reversedEarn), money.Points(reversedRedeem)
		if !strings.Contains(did, `"stamps"`) {
			return out, nil
		}
		var only struct {
			Stamps []rules.StampChange `json:"stamps"`
		}
		err := decode("did", did, &only)
		out.Did.Stamps = only.Stamps
		return out, err
	}
}

// fillPurchases reads lines of sales.
func (r reads) fillPurchases(ctx context.Context, programID string, sales []engine.Sale) error {
	ids := make([]string, len(sales))
	at := make(map[string]int, len(sales))
	for i := range sales {
		ids[i] = sales[i].ID
		at[sales[i].ID] = i
	}
	lines, err := manyOf(ctx, r.q, "lines", 3*len(sales), scanBought(), boughtQuery, programID, ids)
	if err != nil {
		return err
	}
	// The lines of a sale follow one another, so that each sale has a piece of one list.
	all := make([]engine.SaleLine, len(lines))
	for from := 0; from < len(lines); {
		to := from
		for ; to < len(lines) && lines[to].sale == lines[from].sale; to++ {
			all[to] = lines[to].it
		}
		sales[at[lines[from].sale]].Lines = all[from:to:to]
		from = to
	}
	return nil
}

func scanBought() func(pgx.Row) (part[engine.SaleLine], error) {
	var p part[engine.SaleLine]
	var quantity, net, returnedQty, returnedNet int64
	l := &p.it
	into := []any{&p.sale, &l.No, &l.SKU, &l.Name, &l.Category, &quantity, &net, &l.NoEarn, &l.NoRedeem, &returnedQty, &returnedNet}
	return func(row pgx.Row) (part[engine.SaleLine], error) {
		err := row.Scan(into...)
		l.Quantity, l.Net = money.Quantity(quantity), money.Amount(net)
		l.ReturnedQty, l.ReturnedNet = money.Quantity(returnedQty), money.Amount(returnedNet)
		return p, err
	}
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
	}, lastVisitQuery, programID, memberID, at)
	if err != nil && !engine.IsKind(err, engine.KindNotFound) {
		return engine.Opening{}, err
	}
	return o, nil
}

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"kartka/engine/campaign"
	"kartka/engine/ledger"
	"kartka/engine/rules"
)

// heard remembers which postings were looked at though one begun earlier may still come. Who has just started remembers none, and looks twice, which
// changes nothing. The zero value is ready.
type heard struct {
	mu       sync.Mutex
	programs map[string]*heardOf
}

// heardOf is what was heard of a program.
type heardOf struct {
	ids   map[string]time.Time // of the last minutes, with when they were recorded
	upTo  string               // the last of them
	swept time.Time            // when all after the bookmark were looked at
}

// sweepEvery is how often all that may still come late is looked for. Meanwhile what is new is what has the latest ids.
const sweepEvery = 5 * time.Second

// since says which postings were looked at, and after which to look now: after the bookmark, or only after the last of them.
func (h *heard) since(programID, bookmark string, now time.Time) (after string, sweeps bool, seen map[string]bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	of := h.programs[programID]
	if of == nil {
		return bookmark, true, nil
	}
	if of.upTo > bookmark && now.Sub(of.swept) < sweepEvery {
		return of.upTo, false, nil
	}
	seen = make(map[string]bool, len(of.ids))
	for id := range of.ids {
		seen[id] = true
	}
	return bookmark, true, seen
}

// note remembers the postings that were looked at, until they can come late no more.
func (h *heard) note(programID string, n *news, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	of := h.programs[programID]
	if of == nil {
		of = &heardOf{ids: map[string]time.Time{}}
		if h.programs == nil {
			h.programs = map[string]*heardOf{}
		}
		h.programs[programID] = of
	}
	if n.sweeps && !n.more {
		of.swept = now
		for id, at := range of.ids {
			if at.Before(now.Add(-2 * triggerLag)) {
				delete(of.ids, id)
			}
		}
	}
	for i := range n.postings {
		p := &n.postings[i]
		of.ids[p.ID], of.upTo = p.RecordedAt, max(of.upTo, p.ID)
	}
}

// news is what happened since the last look.
type news struct {
	happened []Happened // which are forgotten once they are looked at
	sold     []Happened // from postings
	postings []Followed // that were looked at
	tail     string     // the last posting that is surely behind, "" as before
	accounts []string
	more     bool // there is more to look at
	sweeps   bool // all after the bookmark was looked at
}

// events looks at what happened until there is nothing new.
func (r *triggerRun) events(ctx context.Context, all []Campaign) error {
	for {
		n, err := r.news(ctx, all)
		if err != nil {
			return err
		}
		if len(n.happened) == 0 && len(n.postings) == 0 && n.tail == "" {
			return nil
		}
		failed, err := r.hear(ctx, all, &n)
		if err != nil {
			return err
		}
		if failed != nil || !n.more {
			return failed
		}
	}
}

// news reads what is new for triggers.
func (r *triggerRun) news(ctx context.Context, all []Campaign) (n news, err error) {
	store, programID := r.engine.store, r.program.ID
	if n.happened, err = store.Happenings(ctx, programID, eventBatch); err != nil {
		return n, fmt.Errorf("read what happened: %w", err)
	}
	n.more = len(n.happened) == eventBatch
	if !slices.ContainsFunc(all, func(c Campaign) bool { return c.follows() }) {
		return n, nil
	}
	after, err := store.Bookmark(ctx, programID, triggerTail)
	if err != nil {
		return n, fmt.Errorf("read how far triggers have come: %w", err)
	}
	after, sweeps, seen := r.engine.heard.since(programID, after, r.now)
	n.sweeps = sweeps
	horizon := r.now.Add(-triggerLag)
	for behind := sweeps; len(n.postings) < eventBatch; {
		page, err := store.PostingsAfter(ctx, programID, after, eventBatch)
		if err != nil {
			return n, fmt.Errorf("read postings: %w", err)
		}
		for _, p := range page {
			if len(n.postings) == eventBatch {
				n.more = true
				break
			}
			after = p.ID
			if behind = behind && p.RecordedAt.Before(horizon); behind {
				n.tail = p.ID
			}
			if !seen[p.ID] {
				n.postings = append(n.postings, p)
			}
		}
		if len(page) < eventBatch {
			break
		}
	}
	return n, r.sold(ctx, all, &n)
}

// sold makes of postings what happened: purchases, and stamps.
func (r *triggerRun) sold(ctx context.Context, all []Campaign, n *news) error {
	var members []string
	numbered, stamped := false, false
	for i := range all {
		on := all[i].Plan.Trigger
		numbered = numbered || on.On == campaign.EventPurchase && on.Number > 0
		stamped = stamped || on.On == campaign.EventStamps
	}
	for i := range n.postings {
		if p := &n.postings[i]; p.Kind == ledger.KindSale && p.MemberID != "" {
			members, n.accounts = append(members, p.MemberID), append(n.accounts, p.AccountID)
		}
	}
	if len(members) == 0 {
		return nil
	}
	slices.Sort(members)
	members = slices.Compact(members)
	var purchases map[string][]string
	var stamps map[string]map[string]int64
	var err error
	if numbered {
		if purchases, err = r.engine.store.PurchasesOf(ctx, r.program.ID, members, n.accounts); err != nil {
			return fmt.Errorf("read purchases: %w", err)
		}
	}
	if stamped {
		if stamps, err = r.engine.store.StampsOf(ctx, r.program.ID, members); err != nil {
			return fmt.Errorf("read stamps: %w", err)
		}
	}
	for i := len(n.postings) - 1; i >= 0; i-- { // back in time, so that the stamps of each moment are known from those of now
		p := &n.postings[i]
		if p.Kind != ledger.KindSale || p.MemberID == "" {
			continue
		}
		h := campaign.Happening{Event: campaign.EventPurchase, ID: p.ID, At: p.OccurredAt, Amount: p.Amount}
		if at, found := slices.BinarySearch(purchases[p.MemberID], p.ID); found {
			h.Number = int64(at) + 1
		}
		n.sold = append(n.sold, Happened{ProgramID: r.program.ID, MemberID: p.MemberID, Happening: h})
		if stamped {
			n.sold = append(n.sold, r.stamped(p, stamps[p.MemberID])...)
		}
	}
	slices.Reverse(n.sold)
	return nil
}

// stamped is what a sale did to stamp cards, which now have such counts. It sets these to what they were before.
func (r *triggerRun) stamped(p *Followed, now map[string]int64) (all []Happened) {
	var told struct {
		Stamps []rules.StampChange `json:"stamps"`
	}
	if len(p.Answer) == 0 || json.Unmarshal(p.Answer, &told) != nil { // of an older version: nothing to go by
		return nil
	}
	for _, change := range told.Stamps {
		card := r.program.Settings.StampCard(change.Card)
		if card == nil || now == nil {
			continue
		}
		h := campaign.Happening{Event: campaign.EventStamps, ID: p.ID, At: p.OccurredAt, Name: card.ID, Number: now[card.ID], Full: int64(card.Every)}
		if card.Free() { // the last of a round is the gift itself
			h.Full--
		}
		h.Before = h.Number - int64(change.Delta)
		now[card.ID] = h.Before
		all = append(all, Happened{ProgramID: r.program.ID, MemberID: p.MemberID, Happening: h})
	}
	return all
}

// hear has every trigger look at what is new, and then forgets it, in one transaction. Where a trigger cannot, its error is returned as failed: the others do
// not wait for it, and all look at the same again, which changes nothing of what they have done.
func (r *triggerRun) hear(ctx context.Context, all []Campaign, n *news) (failed, err error) {
	type firing struct {
		c          *Campaign
		deliveries []Delivery
	}
	var fires []firing
	var failures []error
	events := slices.Concat(n.happened, n.sold)
	for i := range all {
		c := &all[i]
		if c.State != CampaignRunning {
			continue
		}
		deliveries, err := r.struckBy(ctx, c, events)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			failures = append(failures, r.failure(c, err))
		case len(deliveries) > 0:
			fires = append(fires, firing{c, deliveries})
		}
	}
	failed = errors.Join(failures...)
	slices.SortFunc(fires, func(a, b firing) int { return strings.Compare(a.c.ID, b.c.ID) })
	written := 0
	var spent []*Campaign
	err = r.engine.store.InTx(ctx, func(tx Tx) error {
		written, spent = 0, nil
		for _, f := range fires {
			err := r.hold(ctx, tx, f.c)
			if errors.Is(err, errOvertaken) {
				continue
			}
			if err != nil {
				return err
			}
			k, over, err := r.write(ctx, tx, f.c, f.deliveries)
			if err != nil {
				return err
			}
			if written += k; over {
				spent = append(spent, f.c)
			}
		}
		if failed != nil {
			return nil
		}
		if err := tx.ForgetHappenings(ctx, n.happened); err != nil {
			return err
		}
		if n.tail == "" {
			return nil
		}
		at, err := tx.Bookmark(ctx, r.program.ID, triggerTail)
		if err != nil || at >= n.tail { // somebody else was faster
			return err
		}
		return tx.SetBookmark(ctx, r.program.ID, triggerTail, n.tail)
	})
	if err != nil {
		return nil, fmt.Errorf("write what triggers do: %w", err)
	}
	if failed == nil {
		r.engine.heard.note(r.program.ID, n, r.now)
	}
	r.done.Written += written
	for _, c := range spent {
		c.State = CampaignPaused
		r.done.Rested++
	}
	return failed, nil
}

// struckBy makes a trigger's deliveries for what happened.
func (r *triggerRun) struckBy(ctx context.Context, c *Campaign, events []Happened) ([]Delivery, error) {
	on := c.Plan.Trigger
	by := map[string][]campaign.Happening{}
	var members []string
	for i := range events {
		h := &events[i]
		if h.At.Before(c.Start) || !on.Strikes(h.Happening) {
			continue
		}
		if by[h.MemberID] == nil {
			members = append(members, h.MemberID)
		}
		by[h.MemberID] = append(by[h.MemberID], h.Happening)
	}
	if len(members) == 0 {
		return nil, nil
	}
	s, ok, err := r.expr(ctx, c)
	if err != nil || !ok {
		return nil, err
	}
	s.Day, s.Members, s.Limit = rules.DateOf(r.now, r.program.Settings.Zone), members, len(members)
	struck, err := r.engine.struck(ctx, s)
	if err != nil {
		return nil, err
	}
	var all []Delivery
	for i := range struck {
		for _, h := range by[struck[i].MemberID] {
			if d, why := c.comes(r.program, &struck[i], on.Period(h), h.At.Add(on.Delay), r.now); why == "" {
				all = append(all, d)
			}
		}
	}
	return all, nil
}

package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// PostInput is a sale to record.
type PostInput struct {
	// Key makes the call safe to repeat: unique in the program for ever.
	Key  string
	Sale SaleInput
	// HoldID commits a hold: its points are spent even when its time has passed, if they are still there.
	HoldID string
	// Fact says that the sale has already happened at a till. It is then recorded whatever the state of the points:
	// what cannot be spent becomes a debt, and the answer lists issues. Otherwise a spend that is not possible is an error and
	// nothing is recorded.
	Fact bool
	// Fingerprint tells this input from any other under the same key, where the caller knows better than the sale shows it: a till's check is the same check
	// again when the code on it has run out and its clock was set right by another second. "" is that of the input itself.
	Fingerprint string `json:"-"`
	// Issues are what the caller has met with already; they are remembered with the answer.
	Issues []Issue `json:"-"`
}

// Post records a sale with everything it does in one transaction, or answers from memory when the key has been used.
func (e *Engine) Post(ctx context.Context, in PostInput) (Posted, error) {
	program, err := e.activeProgram(ctx, in.Sale.ProgramID)
	if err != nil {
		return Posted{}, err
	}
	if in.Key == "" {
		return Posted{}, fail(KindInvalid, "key_missing")
	}
	in.Sale.RedeemMax = false
	hash, err := in.hash(program)
	if err != nil {
		return Posted{}, err
	}
	place, err := e.place(ctx, in.Sale.ProgramID, in.Sale.LocationID)
	if err != nil {
		return Posted{}, err
	}
	var answer Posted
	work := e.saleWork(program, in)
	if place != nil {
		work.LocationID = "" // it need not be read again
	}
	work.Run = func(tx Tx) (err error) {
		answer, err = e.postIn(ctx, tx, program, place, in, hash)
		return err
	}
	err = e.write(ctx, work)
	return answer, err
}

// hash is what tells the same input again from another one under its key.
func (in *PostInput) hash(program Program) (string, error) {
	if in.Fingerprint != "" {
		return in.Fingerprint, nil
	}
	return hashOf(PostInput{Key: in.Key, Sale: in.Sale.hashed(program), HoldID: in.HoldID, Fact: in.Fact})
}

// saleWork is what a sale is going to ask for.
func (e *Engine) saleWork(program Program, in PostInput) Work {
	sale, now := in.Sale, e.Now()
	w := Work{ProgramID: program.ID, Now: e.Now, Spends: in.spends(), Keys: []string{in.Key}, LocationID: sale.LocationID, StaffID: sale.StaffID,
		Referral: program.Settings.Referral.On}
	at := sale.OccurredAt
	if at.IsZero() || at.After(now) {
		at = now
	}
	if sale.MemberID != "" {
		w.MemberIDs, w.Standing = []string{sale.MemberID}, standingFor(program.Settings, at)
	}
	w.Whole = program.Settings.Lots.Sliding
	if in.HoldID != "" {
		w.HoldIDs = []string{in.HoldID}
	}
	w.NoNames = in.HoldID == "" // else the cashier is told who it was
	if sale.ReceiptNo != "" {   // where the place keeps another time than the program, another day may have to be asked for
		day := cmp.Or(sale.Business, string(rules.DateOf(at, program.Settings.Zone)))
		w.Receipt = Receipt{LocationID: sale.LocationID, Till: sale.Till, Business: day, No: sale.ReceiptNo}
	}
	return w
}

// spends reports whether points may be taken from the account.
func (in *PostInput) spends() bool { return in.Sale.Redeem > 0 || in.HoldID != "" }

// deal is a sale on its way into the books.
type deal struct {
	*scene
	program  Program
	in       PostInput
	sale     SaleInput
	hash     string
	hold     *Hold
	issues   []Issue
	quote    Quote
	overdraw bool
	plan     ledger.Plan
	did      Did
	issued   []Coupon // coupons
	upline   upline
	referral *dueReferral
	waiting  []Orphan // returns that came before the sale, to be made with it
	answer   Posted
	record   Sale
	posting  Posting

	// Of a sale that is corrected.
	revision int
	was      *Before      // what it found of the member when it was made, nil on another card
	used     []rules.Use  // counters that it moved
	kept     money.Points // that it earned before and the member keeps: they are not earned a second time
	given    []Coupon     // that it gave
	over     []string     // of these, the ones that it gives no more
}

// postIn is Post inside a transaction: lock, look the key up, judge, write. The place is nil when it is not known.
func (e *Engine) postIn(ctx context.Context, tx Tx, program Program, place *Location, in PostInput, hash string) (Posted, error) {
	d := &deal{scene: &scene{now: e.Now(), place: place}, program: program, in: in, sale: in.Sale, hash: hash, issues: slices.Clone(in.Issues)}
	var err error
	if d.settings, d.version, err = e.settingsFor(ctx, tx, program, &d.sale, d.now); err != nil {
		return Posted{}, err
	}
	if err := d.lock(ctx, tx); err != nil {
		return Posted{}, err
	}
	if old, err := known(ctx, tx, program.ID, in.Key); err != nil {
		return Posted{}, err
	} else if old != nil {
		return replay(*old, hash)
	}
	if err := d.atPlace(ctx, tx, &d.sale); err != nil {
		return Posted{}, err
	}
	if answer, found, err := sameReceipt(ctx, tx, d.sale); err != nil || found {
		return answer, err
	}
	if err := checkSale(ctx, tx, d.settings, d.sale, d.member, d.now, in.Fact); err != nil {
		return Posted{}, err
	}
	if in.HoldID != "" {
		var late []Issue
		if d.hold, late, err = openHold(ctx, tx, &d.account, in, d.sale, d.now); err != nil {
			return Posted{}, err
		}
		d.issues = append(d.issues, late...)
	}
	if err := e.judge(ctx, tx, d); err != nil {
		return Posted{}, err
	}
	d.compareTenders()
	if err := e.plan(d); err != nil {
		return Posted{}, err
	}
	if err := e.record(d, ledger.KindSale); err != nil {
		return Posted{}, err
	}
	if err := e.findOrphans(ctx, tx, d); err != nil {
		return Posted{}, err
	}
	if err := e.writeSale(ctx, tx, d, tx.InsertSale); err != nil {
		return Posted{}, err
	}
	if err := e.tellSale(ctx, tx, d); err != nil {
		return Posted{}, err
	}
	if err := e.applyOrphans(ctx, tx, d); err != nil {
		return Posted{}, err
	}
	return d.answer, nil
}

// maxLockTries is how often a lock is taken anew because a merge was faster.
const maxLockTries = 4

var errKeepsMerging = errors.New("engine: a member keeps being merged while an account is locked")

// lock locks the member's account, and those of whoever brought the member where a reward may be due.
func (d *deal) lock(ctx context.Context, tx Tx) error {
	if d.sale.MemberID == "" {
		return nil
	}
	member, err := holderOf(ctx, tx, d.sale.ProgramID, d.sale.MemberID)
	if err != nil {
		return err
	}
	for range maxLockTries {
		d.upline = upline{}
		if err := d.upline.find(ctx, tx, d.settings, member); err != nil {
			return err
		}
		ids := append(d.upline.accountIDs(), member.AccountID)
		var accounts []ledger.Account
		if d.settings.Lots.Sliding { // a purchase moves the end of every lot
			accounts, err = tx.LockAccounts(ctx, d.sale.ProgramID, ids...)
		} else {
			accounts, err = tx.LockForSale(ctx, d.sale.ProgramID, d.now, d.in.spends(), ids...)
		}
		if err != nil {
			return fmt.Errorf("lock account: %w", err)
		}
		for _, a := range accounts {
			if a.ID == member.AccountID {
				d.account = a
				continue
			}
			d.upline.locked(a)
		}
		now, err := holderOf(ctx, tx, d.sale.ProgramID, member.ID)
		if err != nil {
			return err
		}
		if now.ID == member.ID {
			d.member, d.sale.MemberID = &now, now.ID
			return nil
		}
		member = now // merged between our look and our lock
	}
	return errKeepsMerging
}

// judge evaluates the sale on everything that is now locked.
func (e *Engine) judge(ctx context.Context, tx Tx, d *deal) error {
	if err := d.lockUses(ctx, tx, &d.sale); err != nil {
		return err
	}
	if err := d.readStanding(ctx, tx, &d.sale); err != nil {
		return err
	}
	d.asThen()
	var err error
	if d.certificates, err = e.payWith(ctx, tx, d.sale.ProgramID, d.sale.Certificates, d.now); err != nil {
		return err
	}
	d.quote, err = d.scene.judge(&d.sale)
	if err != nil && d.in.Fact && (IsKind(err, KindLimit) || IsKind(err, KindInsufficient)) {
		d.overdraw = true
		d.issues = append(d.issues, Issue{ID: "redemption_overdraft", Args: map[string]any{"Points": d.sale.Redeem - d.quote.RedeemLimit}})
		facts, sale := d.spendAnyway(&d.sale)
		if d.quote, err = facts.judge(&sale); IsKind(err, KindInsufficient) || IsKind(err, KindLimit) {
			facts.withoutDiscounts(&sale)
			d.quote, err = facts.judge(&sale)
		}
		d.quote.Before = BalanceOf(&d.account, d.now)
	}
	if err != nil || d.member == nil {
		return err
	}
	return e.judgeReferral(ctx, tx, d)
}

// plan spends first and earns after, so that a check never pays for itself.
func (e *Engine) plan(d *deal) error {
	q := d.quote
	if q.Redeem > 0 {
		spend := d.account.Burn
		if d.overdraw {
			spend = d.account.Overdraw
		}
		plan, err := spend(q.Redeem, d.now)
		if err != nil {
			return fmt.Errorf("plan spend: %w", err)
		}
		d.plan = plan
	}
	saleID := cmp.Or(d.record.ID, e.newID())
	d.record.ID = saleID
	kept := d.kept
	for _, lot := range q.Lots {
		has := min(kept, lot.Points)
		kept -= has
		if lot.Points -= has; lot.Points == 0 {
			continue
		}
		after := d.account.Apply(d.plan)
		id := e.newID()
		earned, err := after.Credit(ledger.Lot{ID: id, Points: lot.Points, ActiveFrom: lot.ActiveFrom, EarnedAt: d.sale.OccurredAt,
			ExpiresAt: lot.Expires, SaleID: saleID, Kind: lotKind(lot.Rule)}, ledger.ContraEarn)
		if err != nil {
			return fmt.Errorf("plan accrual: %w", err)
		}
		d.plan = d.plan.Then(earned)
		d.did.Lots = append(d.did.Lots, id)
		if lot.Rule == rules.BaseLot || d.record.LotID == "" {
			d.record.LotID = id
		}
	}
	if d.settings.Lots.Sliding && d.member != nil {
		_, until := d.settings.LotLife(d.now, 0, 0, d.settings.Tier(d.standing.Tier.ID))
		after := d.account.Apply(d.plan)
		d.plan = d.plan.Then(after.Extend(until, d.now, func(l ledger.Lot) bool { return l.SaleID != saleID }))
	}
	return nil
}

func lotKind(rule string) ledger.Kind {
	switch rule {
	case rules.BaseLot:
		return ledger.KindEarn
	case rules.WelcomeLot:
		return ledger.KindWelcome
	}
	return ledger.KindBonus
}

// record makes the sale, its posting and the answer.
func (e *Engine) record(d *deal, kind ledger.Kind) error {
	q, sale := d.quote, d.sale
	grants := d.notGiven(q.Grants)
	issued, skipped := e.couponsFor(d.settings, sale.MemberID, d.standing.Coupons, grants, d.now, "")
	d.issued = issued
	effects := kept(append(q.Effects, skipped...))
	d.did.Stamps, d.did.Coupons, d.did.Paid, d.did.Uses = q.Stamps, q.Coupons, q.Paid, q.Uses
	d.did.Before = d.before()
	for _, c := range issued {
		d.did.Granted = append(d.did.Granted, c.ID)
	}
	after := d.account.Apply(d.plan)
	shown := after
	if d.referral.pays() && d.referral.row.Friend > 0 {
		d.did.FriendLot = e.newID()
		lot := d.referral.life(sale.OccurredAt)
		lot.ID, lot.Points = d.did.FriendLot, d.referral.row.Friend
		reward, err := after.Credit(lot, ledger.ContraEarn)
		if err != nil {
			return planError(err, &after, d.now)
		}
		shown = after.Apply(reward)
	}
	if _, ok := shown.Sum(d.now); !ok {
		return ledger.ErrPartial // what ends next is among the lots that were not read
	}
	postingID := d.record.ID // the posting that makes a sale has its id and is found by it
	if kind != ledger.KindSale {
		postingID = e.newID()
	}
	d.record = saleRecord(d.record.ID, d.record.LotID, sale, q, d.account.ID, d.settings.Currency.Code, d.now)
	d.answer = Posted{
		PostingID: postingID, SaleID: d.record.ID, MemberID: sale.MemberID, Total: q.Total, Payable: q.Payable, Discount: q.Discount,
		Certificate: q.Certificate, Redeemed: q.Redeem, RedeemMoney: q.RedeemMoney, Earned: q.Earn, Expires: q.EarnExpires,
		Balance: BalanceOf(&shown, d.now), Effects: effects, Issues: d.issues, At: d.now, Stamps: q.Stamps,
		Coupons: slices.Clone(d.did.Granted),
	}
	d.posting = Posting{
		ID: d.answer.PostingID, ProgramID: sale.ProgramID, Kind: kind, Key: d.in.Key, Hash: d.hash,
		MemberID: sale.MemberID, AccountID: d.account.ID, SaleID: d.record.ID, StaffID: sale.StaffID, LocationID: sale.LocationID,
		Version: d.version, Points: d.plan.Net(), Earned: q.Earn, Burned: q.Redeem, Debt: after.Debt, Balance: after.Balance(),
		Reasons: effects, OccurredAt: sale.OccurredAt, RecordedAt: d.now,
	}
	return nil
}

// maxMissed is how many rules that had no part are kept with a posting, so that a shop with many does not write a page per check.
const maxMissed = 8

// kept are the effects worth keeping with a posting: what happened and what almost did, and of the rules that had no part the
// first ones, for whoever asks why.
func kept(effects []rules.Effect) []rules.Effect {
	missed := 0
	return slices.DeleteFunc(slices.Clone(effects), func(f rules.Effect) bool {
		if f.State != rules.Inapplicable {
			return false
		}
		missed++
		return missed > maxMissed
	})
}

// writeSale stores everything the sale does; store writes the sale and its posting.
func (e *Engine) writeSale(ctx context.Context, tx Tx, d *deal, store func(context.Context, Sale, Posting, ledger.Plan) error) error {
	if err := e.spendCertificates(ctx, tx, d.sale.ProgramID, d.record.ID, d.in.Key, d.did.Paid, d.now); err != nil {
		return err
	}
	if d.member != nil {
		d.posting.Counted = d.posting.Kind == ledger.KindSale && d.counts() && !d.program.Settings.TierDays()
		if err := e.writeMechanics(ctx, tx, d); err != nil {
			return err
		}
	}
	d.record.Did = d.did
	var err error
	remembered := d.answer.withoutPosting()
	if d.posting.Answer, err = remembered.appendTo(make([]byte, 0, 256)); err != nil {
		return fmt.Errorf("remember answer: %w", err)
	}
	if err := store(ctx, d.record, d.posting, d.plan); err != nil {
		return fmt.Errorf("write sale: %w", err)
	}
	if err := e.payFriend(ctx, tx, d); err != nil {
		return fmt.Errorf("reward friend: %w", err)
	}
	if d.hold == nil {
		return nil
	}
	if err := tx.SetHoldState(ctx, d.sale.ProgramID, d.hold.ID, HoldCommitted, HoldAsking, HoldHeld, HoldExpired); err != nil {
		return fmt.Errorf("commit hold: %w", err)
	}
	return nil
}

// tellSale queues the guest's receipt and, for a confirmed spend, the answer the cashier waits for.
func (e *Engine) tellSale(ctx context.Context, tx Tx, d *deal) error {
	if d.member == nil || quiet(d.sale.Source) {
		return nil
	}
	out := []Outbound{e.notice(d.sale.ProgramID, "sale:"+d.answer.PostingID, toMember(d.sale.MemberID), Notice{
		Kind: NoticeSale, PostingID: d.answer.PostingID, Args: map[string]any{"place": d.placeName()}})}
	if h := d.hold; h != nil && h.Asker != "" && h.State == HoldAsking {
		guest, err := memberOf(ctx, tx, d.sale.ProgramID, d.sale.MemberID)
		if err != nil {
			return err
		}
		out = append(out, e.notice(d.sale.ProgramID, "spent:"+h.ID, toContact(h.Asker), Notice{
			Kind: NoticeSpendDone, PostingID: d.answer.PostingID, HoldID: h.ID, Args: map[string]any{"name": guest.Name}}))
	}
	if err := tx.Enqueue(ctx, out...); err != nil {
		return fmt.Errorf("queue receipt: %w", err)
	}
	return nil
}

// quiet reports whether nobody is told of a sale: it is of the past.
func quiet(source string) bool { return source == "import" || source == "demo" }

// lockMember locks a member's account. Without a member both results are empty.
func lockMember(ctx context.Context, tx Tx, programID, memberID string) (*Member, ledger.Account, error) {
	if memberID == "" {
		return nil, ledger.Account{}, nil
	}
	member, err := memberOf(ctx, tx, programID, memberID)
	if err != nil {
		return nil, ledger.Account{}, err
	}
	for range maxLockTries {
		accounts, err := tx.LockAccounts(ctx, programID, member.AccountID)
		if err != nil {
			return nil, ledger.Account{}, fmt.Errorf("lock account: %w", err)
		}
		if len(accounts) != 1 {
			return nil, ledger.Account{}, fail(KindNotFound, "member_not_found")
		}
		now, err := memberOf(ctx, tx, programID, member.ID)
		if err != nil {
			return nil, ledger.Account{}, err
		}
		if now.ID == member.ID {
			return &now, accounts[0], nil
		}
		member = now // merged between our look and our lock
	}
	return nil, ledger.Account{}, errKeepsMerging
}

// openHold finds the hold a sale commits and takes it off the account, so that its points can be spent. A sale that has already
// happened goes on without a hold that was given up or used: what it spent comes out of what there is.
func openHold(ctx context.Context, tx Tx, account *ledger.Account, in PostInput, sale SaleInput, now time.Time) (*Hold, []Issue, error) {
	holdID := in.HoldID
	hold, err := tx.Hold(ctx, sale.ProgramID, holdID)
	if err != nil {
		return nil, nil, fmt.Errorf("read hold: %w", err)
	}
	holder, err := holderOf(ctx, tx, sale.ProgramID, hold.MemberID)
	if err != nil {
		return nil, nil, err
	}
	if holder.ID != sale.MemberID {
		return nil, nil, fail(KindNotFound, "hold_not_found")
	}
	var issues []Issue
	switch {
	case hold.State == HoldCommitted || hold.State == HoldReleased || hold.State == HoldDenied:
		if in.Fact {
			return nil, []Issue{{ID: "reservation_late"}}, nil
		}
		return nil, nil, fail(KindExpired, "hold_over")
	case hold.State == HoldExpired || !hold.Live(now):
		issues = append(issues, Issue{ID: "reservation_late"})
	}
	kept := account.Holds[:0:0]
	for _, h := range account.Holds {
		if h.ID != holdID {
			kept = append(kept, h)
		}
	}
	account.Holds = kept
	return &hold, issues, nil
}

// saleRecord is the sale as it is kept.
func saleRecord(id, lotID string, in SaleInput, q Quote, accountID, currency string, now time.Time) Sale {
	s := Sale{
		ID: id, ProgramID: in.ProgramID, MemberID: in.MemberID, AccountID: accountID, LocationID: in.LocationID, Till: in.Till,
		StaffID: in.StaffID, ReceiptNo: in.ReceiptNo, Business: in.Business, Source: in.Source, Currency: currency,
		Version: q.Version, Total: q.Total, Redeemed: q.Redeem, RedeemMoney: q.RedeemMoney, Discount: q.Discount, Certificate: q.Certificate,
		Earned: q.Earn, LotID: lotID, Tenders: in.Tenders, OccurredAt: in.OccurredAt, RecordedAt: now,
	}
	for i, line := range in.lines() {
		s.Lines = append(s.Lines, SaleLine{No: i + 1, Line: line, LineResult: q.Lines[i]})
	}
	return s
}

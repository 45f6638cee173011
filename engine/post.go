package engine

import (
	"context"
	"encoding/json"
	"fmt"
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
	hash, err := hashOf(in)
	if err != nil {
		return Posted{}, err
	}
	var answer Posted
	err = e.store.InTx(ctx, func(tx Tx) error {
		answer, err = e.postIn(ctx, tx, program, in, hash)
		return err
	})
	if IsKind(err, KindTaken) { // another process used the key between our look and our write
		err = e.store.InTx(ctx, func(tx Tx) error {
			answer, err = e.postIn(ctx, tx, program, in, hash)
			return err
		})
	}
	return answer, err
}

// postIn is Post inside a transaction: lock, look the key up, judge, write.
func (e *Engine) postIn(ctx context.Context, tx Tx, program Program, in PostInput, hash string) (Posted, error) {
	sale, now := in.Sale, e.Now()
	member, account, err := lockMember(ctx, tx, sale.ProgramID, sale.MemberID)
	if err != nil {
		return Posted{}, err
	}
	if old, err := known(ctx, tx, sale.ProgramID, in.Key); err != nil {
		return Posted{}, err
	} else if old != nil {
		return replay(*old, hash)
	}
	settings, version, err := e.settingsFor(ctx, tx, program, &sale, now)
	if err != nil {
		return Posted{}, err
	}
	place, err := fillPlace(ctx, tx, settings, &sale)
	if err != nil {
		return Posted{}, err
	}
	if answer, found, err := sameReceipt(ctx, tx, sale); err != nil || found {
		return answer, err
	}
	if err := checkSale(ctx, tx, settings, sale, member, now, in.Fact); err != nil {
		return Posted{}, err
	}
	var issues []Issue
	var hold *Hold
	if in.HoldID != "" {
		if hold, issues, err = openHold(ctx, tx, &account, sale, in.HoldID, now); err != nil {
			return Posted{}, err
		}
	}
	overdraw := money.Points(0)
	q, err := quote(settings, version, sale, &account, now)
	if err != nil && in.Fact && (IsKind(err, KindLimit) || IsKind(err, KindInsufficient)) {
		overdraw = sale.Redeem - q.RedeemLimit
		issues = append(issues, Issue{ID: "redemption_overdraft", Args: map[string]any{"Points": overdraw}})
		q, err = quoteFact(settings, version, sale, &account, now)
	}
	if err != nil {
		return Posted{}, err
	}
	saleID := e.newID()
	plan, lotID, err := e.planSale(&account, q, overdraw > 0, sale, saleID, now)
	if err != nil {
		return Posted{}, err
	}
	record := saleRecord(saleID, sale, q, account.ID, lotID, program.Settings.Currency.Code, now)
	after := account.Apply(plan)
	answer := Posted{
		PostingID: e.newID(), SaleID: record.ID, MemberID: sale.MemberID, Total: q.Total, Payable: q.Payable,
		Redeemed: q.Redeem, RedeemMoney: q.RedeemMoney, Earned: q.Earn, Expires: q.EarnExpires,
		Balance: BalanceOf(&after, now), Effects: q.Effects, Issues: issues, At: now,
	}
	posting := Posting{
		ID: answer.PostingID, ProgramID: sale.ProgramID, Kind: ledger.KindSale, Key: in.Key, Hash: hash,
		MemberID: sale.MemberID, AccountID: account.ID, SaleID: record.ID, StaffID: sale.StaffID, LocationID: sale.LocationID,
		Version: version, Points: plan.Net(), Earned: q.Earn, Burned: q.Redeem, Debt: after.Debt, Balance: after.Balance(),
		Reasons: q.Effects, OccurredAt: sale.OccurredAt, RecordedAt: now,
	}
	if posting.Answer, err = json.Marshal(answer); err != nil {
		return Posted{}, fmt.Errorf("remember answer: %w", err)
	}
	if err := tx.InsertSale(ctx, record); err != nil {
		return Posted{}, fmt.Errorf("write sale: %w", err)
	}
	if err := tx.InsertPosting(ctx, posting, plan); err != nil {
		return Posted{}, fmt.Errorf("write posting: %w", err)
	}
	if hold != nil {
		if err := tx.SetHoldState(ctx, sale.ProgramID, hold.ID, HoldCommitted, HoldAsking, HoldHeld, HoldExpired); err != nil {
			return Posted{}, fmt.Errorf("commit hold: %w", err)
		}
	}
	return answer, e.tellSale(ctx, tx, answer, sale, member, place, hold)
}

// tellSale queues the guest's receipt and, for a confirmed spend, the answer the cashier waits for.
func (e *Engine) tellSale(ctx context.Context, tx Tx, answer Posted, sale SaleInput, member *Member, place string, hold *Hold) error {
	if member == nil || sale.Source == "import" || sale.Source == "demo" {
		return nil
	}
	out := []Outbound{e.notice(sale.ProgramID, "sale:"+answer.PostingID, toMember(sale.MemberID), Notice{
		Kind: NoticeSale, PostingID: answer.PostingID, Posted: &answer, Args: map[string]any{"place": place}})}
	if hold != nil && hold.Asker != "" && hold.State == HoldAsking {
		out = append(out, e.notice(sale.ProgramID, "spent:"+hold.ID, toContact(hold.Asker), Notice{
			Kind: NoticeSpendDone, PostingID: answer.PostingID, HoldID: hold.ID, Posted: &answer, Args: map[string]any{"name": member.Name}}))
	}
	if err := tx.Enqueue(ctx, out...); err != nil {
		return fmt.Errorf("queue receipt: %w", err)
	}
	return nil
}

// planSale spends first and earns after, so that a check never pays for itself.
func (e *Engine) planSale(account *ledger.Account, q Quote, overdraw bool, sale SaleInput, saleID string, now time.Time) (plan ledger.Plan, lotID string, err error) {
	if q.Redeem > 0 {
		if overdraw {
			plan, err = account.Overdraw(q.Redeem, now)
		} else {
			plan, err = account.Burn(q.Redeem, now)
		}
		if err != nil {
			return plan, "", fmt.Errorf("plan spend: %w", err)
		}
	}
	if q.Earn > 0 {
		after := account.Apply(plan)
		lotID = e.newID()
		earned, err := after.Credit(ledger.Lot{ID: lotID, Points: q.Earn, ActiveFrom: sale.OccurredAt, EarnedAt: sale.OccurredAt,
			ExpiresAt: q.EarnExpires, SaleID: saleID, Kind: ledger.KindEarn}, ledger.ContraEarn)
		if err != nil {
			return plan, "", fmt.Errorf("plan accrual: %w", err)
		}
		plan = plan.Then(earned)
	}
	return plan, lotID, nil
}

// quoteFact evaluates a sale whose points have been spent at the till already, whatever the balance and the limits.
func quoteFact(settings *rules.Settings, version int64, sale SaleInput, account *ledger.Account, now time.Time) (Quote, error) {
	unlimited := *settings
	unlimited.Redeem = rules.Redeem{Limit: money.Whole}
	rich := ledger.Account{ID: account.ID, Lots: []ledger.Lot{{Remaining: sale.Redeem}}}
	q, err := quote(&unlimited, version, sale, &rich, now)
	q.Before = BalanceOf(account, now)
	return q, err
}

// lockMember locks a member's account. Without a member both results are empty.
func lockMember(ctx context.Context, tx Tx, programID, memberID string) (*Member, ledger.Account, error) {
	if memberID == "" {
		return nil, ledger.Account{}, nil
	}
	member, err := tx.Member(ctx, programID, memberID)
	if err != nil {
		return nil, ledger.Account{}, fmt.Errorf("read member: %w", err)
	}
	accounts, err := tx.LockAccounts(ctx, programID, member.AccountID)
	if err != nil {
		return nil, ledger.Account{}, fmt.Errorf("lock account: %w", err)
	}
	if len(accounts) != 1 {
		return nil, ledger.Account{}, fail(KindNotFound, "member_not_found")
	}
	return &member, accounts[0], nil
}

// fillPlace checks the sale's location, computes its business date and returns the location's name, "" without one.
func fillPlace(ctx context.Context, tx Tx, settings *rules.Settings, sale *SaleInput) (name string, err error) {
	zone := settings.Zone
	if sale.LocationID != "" {
		place, err := tx.Location(ctx, sale.ProgramID, sale.LocationID)
		if err != nil {
			return "", fmt.Errorf("read location: %w", err)
		}
		name = place.Name
		if place.Zone != "" {
			if zone, err = time.LoadLocation(place.Zone); err != nil {
				return "", fmt.Errorf("zone of location: %w", err)
			}
		}
	}
	if sale.Business == "" {
		sale.Business = sale.OccurredAt.In(zone).Format(time.DateOnly)
	}
	return name, nil
}

// sameReceipt finds a sale with the same natural key: the same content is answered from it, other content is a conflict.
func sameReceipt(ctx context.Context, tx Tx, sale SaleInput) (Posted, bool, error) {
	if sale.ReceiptNo == "" {
		return Posted{}, false, nil
	}
	old, err := tx.SaleByReceipt(ctx, sale.ProgramID, sale.LocationID, sale.Till, sale.Business, sale.ReceiptNo)
	if IsKind(err, KindNotFound) {
		return Posted{}, false, nil
	}
	if err != nil {
		return Posted{}, false, fmt.Errorf("look receipt up: %w", err)
	}
	var total money.Amount
	for _, line := range sale.lines() {
		total += line.Net
	}
	if old.MemberID != sale.MemberID || old.Total != total || old.Redeemed != sale.Redeem {
		return Posted{}, true, fail(KindConflict, "receipt_reused", "Receipt", sale.ReceiptNo)
	}
	postings, err := tx.SalePostings(ctx, sale.ProgramID, old.ID)
	if err != nil || len(postings) == 0 {
		return Posted{}, true, fmt.Errorf("read postings of receipt: %w", err)
	}
	answer, err := replay(postings[0], postings[0].Hash)
	answer.Issues = append(answer.Issues, Issue{ID: "duplicate_receipt"})
	return answer, true, err
}

// checkSale refuses what no sale may do, and what this member of staff may not do any more today.
func checkSale(ctx context.Context, tx Tx, settings *rules.Settings, sale SaleInput, member *Member, now time.Time, fact bool) error {
	var total money.Amount
	for _, line := range sale.lines() {
		if line.Net < 0 || total+line.Net < total {
			return fail(KindInvalid, "sum_invalid")
		}
		total += line.Net
	}
	if total == 0 && !fact {
		return fail(KindInvalid, "sum_zero")
	}
	if member != nil && member.State != MemberActive {
		return fail(KindForbidden, "card_blocked")
	}
	if sale.StaffID == "" {
		return nil
	}
	limits := settings.Staff
	if limits.MaxCheck > 0 && total > limits.MaxCheck {
		return fail(KindLimit, "check_too_large", "Max", limits.MaxCheck)
	}
	if err := checkStaff(ctx, tx, sale, member); err != nil {
		return err
	}
	from, to := settings.Day(now)
	if limits.SalesPerDay > 0 {
		n, err := tx.CountSales(ctx, sale.ProgramID, sale.StaffID, "", from, to)
		if err != nil {
			return fmt.Errorf("count sales: %w", err)
		}
		if n >= limits.SalesPerDay {
			return fail(KindLimit, "staff_daily_limit", "Max", limits.SalesPerDay)
		}
	}
	if limits.SameCardDaily > 0 && member != nil {
		n, err := tx.CountSales(ctx, sale.ProgramID, sale.StaffID, member.ID, from, to)
		if err != nil {
			return fmt.Errorf("count sales on card: %w", err)
		}
		if n >= limits.SameCardDaily {
			return fail(KindLimit, "card_daily_limit", "Max", limits.SameCardDaily)
		}
	}
	return nil
}

// checkStaff makes sure that the person still works here, may serve guests, and does not serve the own card.
func checkStaff(ctx context.Context, tx Tx, sale SaleInput, member *Member) error {
	staff, err := tx.Staff(ctx, sale.ProgramID, sale.StaffID)
	if err != nil {
		return fmt.Errorf("read staff: %w", err)
	}
	if staff.Disabled || !staff.Role.AtCounter() {
		return fail(KindForbidden, "not_staff")
	}
	if member == nil {
		return nil
	}
	return refuseOwnCard(ctx, tx, sale.ProgramID, sale.StaffID, member.ID)
}

func refuseOwnCard(ctx context.Context, reads PeopleReads, programID, staffID, memberID string) error {
	contacts, err := reads.ContactsOf(ctx, programID, "", staffID)
	if err != nil {
		return fmt.Errorf("read contacts of staff: %w", err)
	}
	for _, c := range contacts {
		if c.MemberID == memberID {
			return fail(KindForbidden, "own_card")
		}
	}
	return nil
}

// openHold finds the hold a sale commits and takes it off the account, so that its points can be spent.
func openHold(ctx context.Context, tx Tx, account *ledger.Account, sale SaleInput, holdID string, now time.Time) (*Hold, []Issue, error) {
	hold, err := tx.Hold(ctx, sale.ProgramID, holdID)
	if err != nil {
		return nil, nil, fmt.Errorf("read hold: %w", err)
	}
	if hold.MemberID != sale.MemberID {
		return nil, nil, fail(KindNotFound, "hold_not_found")
	}
	var issues []Issue
	switch {
	case hold.State == HoldCommitted || hold.State == HoldReleased || hold.State == HoldDenied:
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
func saleRecord(id string, in SaleInput, q Quote, accountID, lotID, currency string, now time.Time) Sale {
	s := Sale{
		ID: id, ProgramID: in.ProgramID, MemberID: in.MemberID, AccountID: accountID, LocationID: in.LocationID, Till: in.Till,
		StaffID: in.StaffID, ReceiptNo: in.ReceiptNo, Business: in.Business, Source: in.Source, Currency: currency,
		Version: q.Version, Total: q.Total, Redeemed: q.Redeem, RedeemMoney: q.RedeemMoney, Earned: q.Earn, LotID: lotID,
		Tenders: in.Tenders, OccurredAt: in.OccurredAt, RecordedAt: now,
	}
	for i, line := range in.lines() {
		s.Lines = append(s.Lines, SaleLine{No: i + 1, Line: line, LineResult: q.Lines[i]})
	}
	return s
}

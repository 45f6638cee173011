package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// ReverseInput says what of a sale comes back. Exactly one of All, Lines and Amount is used.
type ReverseInput struct {
	Key       string
	ProgramID string
	SaleID    string
	All       bool           // everything not yet returned
	Lines     []ReversedLine // quantities of lines
	Amount    money.Amount   // value of goods, spread over what is left of the lines
	StaffID   string
	Undo      bool // a slip undone at the counter: only by who made it, within the program's minutes
	// DryRun computes without storing, so that the cashier knows the money to give back before giving it.
	DryRun bool
}

// ReversedLine is a quantity of one line.
type ReversedLine struct {
	No       int
	Quantity money.Quantity
}

// Reverse returns a sale or a part of it: spent points go back to their own lots, earned points are taken back under the
// program's policy. The sum of partial returns equals the full return, to the last step.
func (e *Engine) Reverse(ctx context.Context, in ReverseInput) (Posted, error) {
	if in.Key == "" {
		return Posted{}, fail(KindInvalid, "key_missing")
	}
	hash, err := hashOf(in)
	if err != nil {
		return Posted{}, err
	}
	var answer Posted
	run := func(tx Tx) error {
		answer, err = e.reverseIn(ctx, tx, in, hash)
		return err
	}
	err = e.store.InTx(ctx, run)
	if IsKind(err, KindTaken) {
		err = e.store.InTx(ctx, run)
	}
	return answer, err
}

func (e *Engine) reverseIn(ctx context.Context, tx Tx, in ReverseInput, hash string) (Posted, error) {
	now := e.Now()
	sale, err := tx.Sale(ctx, in.ProgramID, in.SaleID)
	if err != nil {
		return Posted{}, fmt.Errorf("read sale: %w", err)
	}
	var account ledger.Account
	if sale.AccountID != "" {
		accounts, err := tx.LockAccounts(ctx, in.ProgramID, sale.AccountID)
		if err != nil {
			return Posted{}, fmt.Errorf("lock account: %w", err)
		}
		account = accounts[0]
		if sale, err = tx.Sale(ctx, in.ProgramID, in.SaleID); err != nil { // as it stands under the lock
			return Posted{}, fmt.Errorf("read sale: %w", err)
		}
	}
	if old, err := known(ctx, tx, in.ProgramID, in.Key); err != nil {
		return Posted{}, err
	} else if old != nil {
		return replay(*old, hash)
	}
	version, err := tx.SettingsVersion(ctx, in.ProgramID, sale.Version)
	if err != nil {
		return Posted{}, fmt.Errorf("read settings of sale: %w", err)
	}
	settings := version.Settings
	if err := checkReverse(ctx, tx, settings, in, sale, now); err != nil {
		return Posted{}, err
	}
	part, err := returnPart(&sale, in)
	if err != nil {
		return Posted{}, err
	}
	plan, original, err := e.planReverse(ctx, tx, settings, &account, sale, part, now)
	if err != nil {
		return Posted{}, err
	}
	sale.ReturnedTotal += part.net
	sale.ReversedEarn += part.earn
	sale.ReversedRedeem += part.redeem
	sale.LapsedUsed += plan.Lapsed
	after := account.Apply(plan)
	answer := Posted{
		PostingID: e.newID(), SaleID: sale.ID, MemberID: sale.MemberID, Total: part.net, Restored: part.redeem,
		Revoked: part.earn, CashBack: part.cash, Balance: BalanceOf(&after, now), At: now, Effects: returnReasons(part, plan),
	}
	if in.DryRun {
		return answer, nil
	}
	posting := Posting{
		ID: answer.PostingID, ProgramID: in.ProgramID, Kind: ledger.KindReverse, Key: in.Key, Hash: hash, MemberID: sale.MemberID,
		AccountID: sale.AccountID, SaleID: sale.ID, ReversesID: original, StaffID: in.StaffID, LocationID: sale.LocationID,
		Version: sale.Version, Points: plan.Net(), Debt: after.Debt, Balance: after.Balance(), Reasons: answer.Effects,
		OccurredAt: now, RecordedAt: now,
	}
	if posting.Answer, err = json.Marshal(answer); err != nil {
		return Posted{}, fmt.Errorf("remember answer: %w", err)
	}
	if err := tx.InsertPosting(ctx, posting, plan); err != nil {
		return Posted{}, fmt.Errorf("write posting: %w", err)
	}
	if err := tx.UpdateSaleReturned(ctx, sale); err != nil {
		return Posted{}, fmt.Errorf("write return: %w", err)
	}
	if sale.MemberID != "" && sale.Source != "demo" {
		err = tx.Enqueue(ctx, e.notice(in.ProgramID, "return:"+posting.ID, toMember(sale.MemberID), Notice{
			Kind: NoticeReturn, PostingID: posting.ID, Posted: &answer, Args: map[string]any{"undo": in.Undo}}))
		if err != nil {
			return Posted{}, fmt.Errorf("queue notice: %w", err)
		}
	}
	return answer, nil
}

// checkReverse decides whether this person may return this sale now.
func checkReverse(ctx context.Context, tx Tx, settings *rules.Settings, in ReverseInput, sale Sale, now time.Time) error {
	if in.StaffID == "" {
		return nil // the operator or the till
	}
	staff, err := tx.Staff(ctx, in.ProgramID, in.StaffID)
	if err != nil {
		return fmt.Errorf("read staff: %w", err)
	}
	if staff.Disabled || !staff.Role.AtCounter() {
		return fail(KindForbidden, "not_staff")
	}
	if !in.Undo {
		if !staff.Role.Manages() {
			return fail(KindForbidden, "return_needs_manager")
		}
		return nil
	}
	if sale.StaffID != in.StaffID && !staff.Role.Manages() {
		return fail(KindForbidden, "undo_not_yours")
	}
	if minutes := settings.Staff.UndoMinutes; now.Sub(sale.RecordedAt) > time.Duration(minutes)*time.Minute {
		return fail(KindExpired, "undo_too_late", "Minutes", minutes)
	}
	return nil
}

// part is what one return takes out of a sale.
type part struct {
	net    money.Amount // value of goods
	cash   money.Amount // money to give back
	earn   money.Points // earned points to take back
	redeem money.Points // spent points to give back
}

// returnPart marks lines as returned and adds up what that means. Each line keeps its own shares, so after a part q of Q
// exactly ⌊share × q ÷ Q⌋ has been reversed of each, and the last piece closes the remainder (till protocol, arithmetic).
func returnPart(sale *Sale, in ReverseInput) (part, error) {
	var total part
	left := sale.Total - sale.ReturnedTotal
	switch {
	case in.All:
		if left == 0 && sale.Total > 0 {
			return total, fail(KindConflict, "already_returned")
		}
		for i := range sale.Lines {
			total.add(advance(&sale.Lines[i], sale.Lines[i].Quantity, sale.Lines[i].Net))
		}
	case len(in.Lines) > 0:
		for _, want := range in.Lines {
			i := slices.IndexFunc(sale.Lines, func(l SaleLine) bool { return l.No == want.No })
			if i < 0 || want.Quantity <= 0 {
				return total, fail(KindInvalid, "return_line_unknown", "No", want.No)
			}
			line := &sale.Lines[i]
			if want.Quantity > line.Quantity-line.ReturnedQty {
				return total, fail(KindLimit, "return_exceeds", "Left", line.Net-line.ReturnedNet)
			}
			qty := line.ReturnedQty + want.Quantity
			net, err := money.MulDiv(int64(line.Net), int64(qty), int64(line.Quantity), money.Down)
			if err != nil {
				return total, &Error{Kind: KindInvalid, ID: "sum_invalid", Err: err}
			}
			total.add(advance(line, qty, max(money.Amount(net), line.ReturnedNet)))
		}
	case in.Amount > 0:
		if in.Amount > left {
			return total, fail(KindLimit, "return_exceeds", "Left", left)
		}
		weights := make([]money.Amount, len(sale.Lines))
		for i, line := range sale.Lines {
			weights[i] = line.Net - line.ReturnedNet
		}
		shares, err := money.Split(in.Amount, weights)
		if err != nil {
			return total, fmt.Errorf("spread return: %w", err)
		}
		for i := range sale.Lines {
			if shares[i] == 0 {
				continue
			}
			line := &sale.Lines[i]
			net := line.ReturnedNet + shares[i]
			qty, err := money.MulDiv(int64(line.Quantity), int64(net), int64(line.Net), money.Down)
			if err != nil {
				return total, fmt.Errorf("measure return: %w", err)
			}
			total.add(advance(line, max(money.Quantity(qty), line.ReturnedQty), net))
		}
	default:
		return total, fail(KindInvalid, "return_nothing")
	}
	return total, nil
}

func (p *part) add(q part) {
	p.net += q.net
	p.cash += q.cash
	p.earn += q.earn
	p.redeem += q.redeem
}

// advance moves a line's returned state to a quantity and a value, and returns the difference.
func advance(line *SaleLine, qty money.Quantity, net money.Amount) part {
	// A return by quantity goes by the quantity, one by value by the value. The results are at most the share: they fit.
	of, whole := int64(net), int64(line.Net)
	if line.Quantity > 0 {
		if v, err := money.MulDiv(int64(line.Net), int64(qty), int64(line.Quantity), money.Down); err == nil && money.Amount(v) == net {
			of, whole = int64(qty), int64(line.Quantity)
		}
	}
	upTo := func(share int64) int64 {
		if whole == 0 || (net >= line.Net && qty >= line.Quantity) {
			return share
		}
		v, _ := money.MulDiv(share, of, whole, money.Down)
		return v
	}
	p := part{
		net:    net - line.ReturnedNet,
		cash:   max(0, money.Amount(upTo(int64(line.Net-line.RedeemMoney)))-line.ReturnedCash),
		earn:   max(0, money.Points(upTo(int64(line.Earn)))-line.ReversedEarn),
		redeem: max(0, money.Points(upTo(int64(line.RedeemPoints)))-line.ReversedRedeem),
	}
	line.ReturnedQty, line.ReturnedNet = qty, net
	line.ReturnedCash += p.cash
	line.ReversedEarn += p.earn
	line.ReversedRedeem += p.redeem
	return p
}

// planReverse plans the movement of points and names the posting that is reversed.
func (e *Engine) planReverse(ctx context.Context, tx Tx, settings *rules.Settings, account *ledger.Account, sale Sale, p part, now time.Time) (ledger.Plan, string, error) {
	postings, err := tx.SalePostings(ctx, sale.ProgramID, sale.ID)
	if err != nil || len(postings) == 0 {
		return ledger.Plan{}, "", fmt.Errorf("read postings of sale: %w", err)
	}
	original := postings[0].ID
	if sale.AccountID == "" || (p.earn == 0 && p.redeem == 0) {
		return ledger.Plan{}, original, nil
	}
	entries, err := tx.Entries(ctx, sale.ProgramID, original)
	if err != nil {
		return ledger.Plan{}, "", fmt.Errorf("read entries of sale: %w", err)
	}
	r := ledger.Return{
		Restore: p.redeem, Claw: p.earn, LotID: sale.LotID, NewLotID: e.newID(),
		GraceUntil: settings.ExpiryAfter(now, max(settings.Lots.GraceDays, 1)),
		Taken:      stillTaken(entries, sale.ReversedRedeem),
	}
	switch settings.Returns.Policy {
	case rules.ReturnToZero:
		r.Policy = ledger.PolicyToZero
	case rules.ReturnPendingOnly:
		r.Policy = ledger.PolicyPendingOnly
	}
	if r.Closed, err = closedLots(ctx, tx, sale.ProgramID, account, r.Taken); err != nil {
		return ledger.Plan{}, "", err
	}
	if sale.LotID != "" {
		lapsed, err := tx.LotExpired(ctx, sale.ProgramID, sale.LotID)
		if err != nil {
			return ledger.Plan{}, "", fmt.Errorf("read lapsed points: %w", err)
		}
		r.Lapsed = max(0, lapsed-sale.LapsedUsed)
	}
	return account.Reverse(r, now), original, nil
}

// stillTaken lists the moves that spent points in a sale, less what earlier returns restored: those went back last taken
// first, so they are cut from the end.
func stillTaken(entries []Entry, restored money.Points) []ledger.Move {
	var taken []ledger.Move
	for _, entry := range entries {
		if entry.Contra == ledger.ContraBurn && entry.Points < 0 {
			taken = append(taken, ledger.Move{LotID: entry.LotID, Points: entry.Points, Contra: entry.Contra})
		}
	}
	for i := len(taken) - 1; i >= 0 && restored > 0; i-- {
		back := min(restored, -taken[i].Points)
		taken[i].Points += back
		restored -= back
	}
	return slices.DeleteFunc(taken, func(m ledger.Move) bool { return m.Points == 0 })
}

// closedLots reads the lots that points return to but that are not open any more.
func closedLots(ctx context.Context, tx Tx, programID string, account *ledger.Account, taken []ledger.Move) ([]ledger.Lot, error) {
	var ids []string
	for _, m := range taken {
		open := slices.ContainsFunc(account.Lots, func(l ledger.Lot) bool { return l.ID == m.LotID })
		if m.LotID != "" && !open && !slices.Contains(ids, m.LotID) {
			ids = append(ids, m.LotID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	lots, err := tx.Lots(ctx, programID, ids)
	if err != nil {
		return nil, fmt.Errorf("read lots: %w", err)
	}
	return lots, nil
}

func returnReasons(p part, plan ledger.Plan) []rules.Effect {
	effects := make([]rules.Effect, 0, 3)
	if p.redeem > 0 {
		effects = append(effects, rules.Effect{Rule: "return", State: rules.Applied, Points: int64(p.redeem), Reason: rules.Reason{
			ID: "returned_spent", Args: map[string]int64{rules.ArgPoints: int64(p.redeem)}}})
	}
	if p.earn > 0 {
		effects = append(effects, rules.Effect{Rule: "return", State: rules.Applied, Points: -int64(p.earn), Reason: rules.Reason{
			ID: "returned_earned", Args: map[string]int64{rules.ArgPoints: int64(p.earn), rules.ArgMoney: int64(p.net)}}})
	}
	if plan.WrittenOff > 0 {
		effects = append(effects, rules.Effect{Rule: "return", State: rules.Skipped, Reason: rules.Reason{
			ID: "written_off", Args: map[string]int64{rules.ArgPoints: int64(plan.WrittenOff)}}})
	}
	return effects
}

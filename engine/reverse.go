package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
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

// ReversedLine is a quantity of one line, which is named by its place from 1 or by what the till calls it.
type ReversedLine struct {
	No       int
	Ref      string `json:",omitempty"` // "": No counts
	Quantity money.Quantity
}

// means reports whether it is this line that comes back.
func (r ReversedLine) means(l SaleLine) bool {
	switch {
	case r.Ref == "":
		return l.No == r.No
	case l.Ref == "":
		return strconv.Itoa(l.No) == r.Ref
	}
	return l.Ref == r.Ref
}

// name is how the line was asked for.
func (r ReversedLine) name() string { return cmp.Or(r.Ref, strconv.Itoa(r.No)) }

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
	work, err := e.returnWork(ctx, in)
	if err != nil {
		return Posted{}, err
	}
	var answer Posted
	work.Run = func(tx Tx) (err error) {
		answer, err = e.reverseIn(ctx, tx, in, hash)
		return err
	}
	err = e.write(ctx, work)
	return answer, err
}

// returnWork is what a return is going to ask for, as far as the sale says before it is locked.
func (e *Engine) returnWork(ctx context.Context, in ReverseInput) (Work, error) {
	w := Work{ProgramID: in.ProgramID, SaleIDs: []string{in.SaleID}, Keys: []string{in.Key}, StaffID: in.StaffID, Whole: true, Now: e.Now}
	sale, err := e.store.Sale(ctx, in.ProgramID, in.SaleID)
	if IsKind(err, KindNotFound) {
		return w, nil
	}
	if err != nil {
		return w, fmt.Errorf("read sale: %w", err)
	}
	if sale.MemberID != "" {
		w.MemberIDs = []string{sale.MemberID}
	}
	for _, u := range sale.Did.Upline {
		w.MemberIDs = append(w.MemberIDs, u.MemberID)
	}
	w.Standing = StandingQuery{NoStamps: true, NoCoupons: true}
	for _, use := range sale.Did.Uses {
		w.Standing.Counters = append(w.Standing.Counters, use.Counter)
	}
	if sale.Did.Referral == "" {
		return w, nil
	}
	w.Referral = true
	friend, err := e.store.Referral(ctx, in.ProgramID, sale.Did.Referral)
	if err == nil {
		w.MemberIDs = append(w.MemberIDs, friend.InviterID)
	} else if !IsKind(err, KindNotFound) {
		return w, fmt.Errorf("read referral: %w", err)
	}
	return w, nil
}

func (e *Engine) reverseIn(ctx context.Context, tx Tx, in ReverseInput, hash string) (Posted, error) {
	r := &giveBack{in: in, now: e.Now()}
	if err := r.lock(ctx, tx); err != nil {
		return Posted{}, err
	}
	if old, err := known(ctx, tx, in.ProgramID, in.Key); err != nil {
		return Posted{}, err
	} else if old != nil {
		return replay(*old, hash)
	}
	version, err := tx.SettingsVersion(ctx, in.ProgramID, r.sale.Version)
	if err != nil {
		return Posted{}, fmt.Errorf("read settings of sale: %w", err)
	}
	r.settings = version.Settings
	if err := checkReverse(ctx, tx, r.settings, in, r.sale, r.now); err != nil {
		return Posted{}, err
	}
	answer, err := e.reverseSale(ctx, tx, r, hash)
	if err != nil || in.DryRun {
		return answer, err
	}
	if err := tx.UpdateSaleReturned(ctx, r.sale); err != nil {
		return Posted{}, fmt.Errorf("write return: %w", err)
	}
	if r.home.MemberID == "" || quiet(r.sale.Source) {
		return answer, nil
	}
	err = tx.Enqueue(ctx, e.notice(in.ProgramID, "return:"+answer.PostingID, toMember(r.home.MemberID), Notice{
		Kind: NoticeReturn, PostingID: answer.PostingID, Posted: &answer, Args: map[string]any{"undo": in.Undo}}))
	if err != nil {
		return Posted{}, fmt.Errorf("queue notice: %w", err)
	}
	return answer, nil
}

// giveBack is a return on its way into the books.
type giveBack struct {
	in       ReverseInput
	now      time.Time
	revising bool            // the sale is posted anew at once
	settings *rules.Settings // of the sale's version
	sale     Sale
	before   Sale // as it was before this return
	// home is the sale as it is seen from the account its member has become part of since, and moved what its lots are called there.
	home     Sale
	moved    partOf
	account  ledger.Account
	others   map[string]ledger.Account // of whoever was rewarded for the sale
	part     part
	kept     money.Points // of what was earned, that is not taken back: forgiven by the policy, or ended before
	referral *Referral    // that the return calls back
	// with lists further accounts to lock, those of the card that a corrected sale goes to; nil without.
	with func() ([]string, error)
}

// whole reports whether nothing of the sale is left.
func (r *giveBack) whole() bool { return r.sale.ReturnedTotal >= r.sale.Total }

// lock reads the sale and locks every account it moved.
func (r *giveBack) lock(ctx context.Context, tx Tx) error {
	for range maxLockTries {
		if err := r.read(ctx, tx); err != nil {
			return err
		}
		ids, err := r.accounts(ctx, tx)
		if err != nil || len(ids) == 0 {
			return err
		}
		accounts, err := tx.LockAccounts(ctx, r.home.ProgramID, ids...)
		if err != nil {
			return fmt.Errorf("lock account: %w", err)
		}
		r.others = make(map[string]ledger.Account, len(accounts))
		for _, a := range accounts {
			if a.ID == r.home.AccountID {
				r.account = a
				continue
			}
			r.others[a.ID] = a
		}
		locked := r.home.AccountID
		if err := r.read(ctx, tx); err != nil { // as it stands under the lock
			return err
		}
		if r.home.AccountID == locked {
			return nil
		}
	}
	return errKeepsMerging
}

// accounts lists everything there is to lock at once, so that two who correct checks never wait for each other.
func (r *giveBack) accounts(ctx context.Context, tx Tx) ([]string, error) {
	var ids []string
	var err error
	if r.home.AccountID != "" {
		if ids, err = accountsOf(ctx, tx, r.home); err != nil {
			return nil, err
		}
	}
	if r.with == nil {
		return ids, nil
	}
	further, err := r.with()
	return append(ids, further...), err
}

// read reads the sale as it is, and as it is seen from where its member is now.
func (r *giveBack) read(ctx context.Context, tx Tx) error {
	var err error
	if r.sale, err = tx.Sale(ctx, r.in.ProgramID, r.in.SaleID); err != nil {
		return fmt.Errorf("read sale: %w", err)
	}
	r.before = r.sale
	r.before.Lines = slices.Clone(r.sale.Lines)
	r.home, r.moved, err = saleAtHome(ctx, tx, r.sale)
	return err
}

// reverseSale plans and writes a return, the sale's own row aside. r.sale is left as it is after the return.
func (e *Engine) reverseSale(ctx context.Context, tx Tx, r *giveBack, hash string) (Posted, error) {
	var err error
	if r.part, err = returnPart(&r.sale, r.in); err != nil {
		return Posted{}, err
	}
	if err := r.readReferral(ctx, tx); err != nil {
		return Posted{}, err
	}
	plan, original, err := e.planReverse(ctx, tx, r)
	if err != nil {
		return Posted{}, err
	}
	r.sale.ReturnedTotal += r.part.net
	r.sale.ReversedEarn += r.part.earn
	r.sale.ReversedRedeem += r.part.redeem
	r.sale.LapsedUsed += plan.Lapsed
	r.kept = plan.WrittenOff + plan.Lapsed
	after := r.account.Apply(plan)
	answer := Posted{
		PostingID: e.newID(), SaleID: r.sale.ID, MemberID: r.home.MemberID, Total: r.part.net, Restored: r.part.redeem,
		Revoked: r.part.earn + r.friendReward(), CashBack: r.part.cash, GiftBack: r.part.gift, Balance: BalanceOf(&after, r.now), At: r.now,
		Effects: returnReasons(r.part, plan),
	}
	if r.in.DryRun {
		return answer, nil
	}
	if err := e.undoMechanics(ctx, tx, r, &answer); err != nil {
		return Posted{}, err
	}
	posting := Posting{
		ID: answer.PostingID, ProgramID: r.in.ProgramID, Kind: ledger.KindReverse, Key: r.in.Key, Hash: hash, MemberID: r.home.MemberID,
		AccountID: r.home.AccountID, SaleID: r.sale.ID, ReversesID: original, StaffID: r.in.StaffID, LocationID: r.sale.LocationID,
		Version: r.sale.Version, Points: plan.Net(), Debt: after.Debt, Balance: after.Balance(), Reasons: answer.Effects,
		OccurredAt: r.now, RecordedAt: r.now,
	}
	if posting.Answer, err = json.Marshal(answer); err != nil {
		return Posted{}, fmt.Errorf("remember answer: %w", err)
	}
	if err := tx.InsertPosting(ctx, posting, plan); err != nil {
		return Posted{}, fmt.Errorf("write posting: %w", err)
	}
	r.account = after
	return answer, e.undoRewards(ctx, tx, r)
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
	spent  money.Amount // of it, what counted as spent: less discounts
	cash   money.Amount // money to give back
	gift   money.Amount // back to gift certificates
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
			i := slices.IndexFunc(sale.Lines, want.means)
			if i < 0 || want.Quantity <= 0 {
				return total, fail(KindInvalid, "return_line_unknown", "No", want.name())
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
	p.spent += q.spent
	p.cash += q.cash
	p.gift += q.gift
	p.earn += q.earn
	p.redeem += q.redeem
}

// advance moves a line's returned state to a quantity and a value, and returns the difference.
func advance(line *SaleLine, qty money.Quantity, net money.Amount) part {
	// A return by quantity goes by the quantity, one by value by the value.
	back := func(share int64) int64 { return lineBack(line, qty, net, share) }
	paid := line.Net - line.Discount
	was := lineBack(line, line.ReturnedQty, line.ReturnedNet, int64(paid))
	p := part{
		net:    net - line.ReturnedNet,
		spent:  max(0, money.Amount(back(int64(paid))-was)),
		cash:   max(0, money.Amount(back(int64(paid-line.RedeemMoney-line.Certificate)))-line.ReturnedCash),
		gift:   max(0, money.Amount(back(int64(line.Certificate)))-line.ReturnedGift),
		earn:   max(0, money.Points(back(int64(line.Earn)))-line.ReversedEarn),
		redeem: max(0, money.Points(back(int64(line.RedeemPoints)))-line.ReversedRedeem),
	}
	line.ReturnedQty, line.ReturnedNet = qty, net
	line.ReturnedCash += p.cash
	line.ReturnedGift += p.gift
	line.ReversedEarn += p.earn
	line.ReversedRedeem += p.redeem
	return p
}

// lineBack is what of a line's share has come back once a quantity and a value of the line have.
func lineBack(line *SaleLine, qty money.Quantity, net money.Amount, share int64) int64 {
	of, whole := int64(net), int64(line.Net)
	if line.Quantity > 0 {
		if v, err := money.MulDiv(int64(line.Net), int64(qty), int64(line.Quantity), money.Down); err == nil && money.Amount(v) == net {
			of, whole = int64(qty), int64(line.Quantity)
		}
	}
	if whole == 0 || (net >= line.Net && qty >= line.Quantity) {
		return share
	}
	v, _ := money.MulDiv(share, of, whole, money.Down) // at most the share: it fits
	return v
}

// planReverse plans the movement of points and names the posting that is reversed.
func (e *Engine) planReverse(ctx context.Context, tx Tx, r *giveBack) (ledger.Plan, string, error) {
	sale := r.before
	postings, err := tx.SalePostings(ctx, sale.ProgramID, sale.ID)
	if err != nil || len(postings) == 0 {
		return ledger.Plan{}, "", fmt.Errorf("read postings of sale: %w", err)
	}
	original := newestRevision(postings)
	claw := r.part.earn + r.friendReward()
	if sale.AccountID == "" || (claw == 0 && r.part.redeem == 0) {
		return ledger.Plan{}, original, nil
	}
	entries, err := tx.Entries(ctx, sale.ProgramID, original)
	if err != nil {
		return ledger.Plan{}, "", fmt.Errorf("read entries of sale: %w", err)
	}
	back := ledger.Return{
		Restore: r.part.redeem, Claw: claw, Own: ownLots(r.home), NewLotID: e.newID(), IDs: e.newID,
		GraceUntil: r.settings.ExpiryAfter(r.now, max(r.settings.Lots.GraceDays, 1)),
		Taken:      r.moved.moves(stillTaken(entries, sale.ReversedRedeem)), Policy: policyOf(r.settings),
	}
	if r.revising && r.friendReward() > 0 {
		back.Policy = ledger.PolicyDebt // the reward is given again at once
	}
	if r.friendReward() > 0 {
		back.Own, back.First = append(slices.Clone(back.Own), r.home.Did.FriendLot), r.home.Did.FriendLot
	}
	closed, err := closedLots(ctx, tx, sale.ProgramID, &r.account, back.Taken)
	if err != nil {
		return ledger.Plan{}, "", err
	}
	back.Closed, back.Elsewhere = r.moved.split(closed)
	var lapsed money.Points
	for _, own := range back.Own {
		for _, id := range r.moved.names(own) {
			ended, err := tx.LotExpired(ctx, sale.ProgramID, id)
			if err != nil {
				return ledger.Plan{}, "", fmt.Errorf("read lapsed points: %w", err)
			}
			lapsed += ended
		}
	}
	back.Lapsed = max(0, lapsed-sale.LapsedUsed)
	return r.account.Reverse(back, r.now), original, nil
}

// newestRevision names the posting that made the sale what it is.
func newestRevision(postings []Posting) string {
	id := postings[0].ID
	for _, p := range postings {
		if p.Kind == ledger.KindRevise {
			id = p.ID
		}
	}
	return id
}

// ownLots are the lots a sale made.
func ownLots(s Sale) []string {
	if len(s.Did.Lots) == 0 && s.LotID != "" {
		return []string{s.LotID} // recorded before sales kept what they did
	}
	return s.Did.Lots
}

func policyOf(s *rules.Settings) ledger.Policy {
	switch s.Returns.Policy {
	case rules.ReturnToZero:
		return ledger.PolicyToZero
	case rules.ReturnPendingOnly:
		return ledger.PolicyPendingOnly
	}
	return ledger.PolicyDebt
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

package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"kartka/engine/campaign"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// upline is whoever brought a guest, whoever brought that one, and so on, as far as rewards reach; with their accounts once
// these are locked.
type upline struct {
	members  []Holder // nearest first
	accounts map[string]ledger.Account
}

// find finds whom a purchase of the guest may pay: without shares of every purchase, nobody once the reward for the friend has been settled.
func (u *upline) find(ctx context.Context, reads Reads, settings *rules.Settings, guest Holder) error {
	if settings.Referral.On && guest.InviterID != "" && len(settings.Referral.Levels) == 0 {
		row, err := reads.Referral(ctx, guest.ProgramID, guest.ID)
		if IsKind(err, KindNotFound) || err == nil && row.State != ReferralJoined {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read referral: %w", err)
		}
	}
	return u.walk(ctx, reads, settings, guest)
}

// walk goes up from a member. Members who left, and a member met before, end it.
func (u *upline) walk(ctx context.Context, reads PeopleReads, settings *rules.Settings, guest Holder) error {
	if !settings.Referral.On {
		return nil
	}
	seen := []string{guest.ID}
	next := guest.InviterID
	for range max(1, len(settings.Referral.Levels)) {
		if next == "" {
			return nil
		}
		m, err := holderOf(ctx, reads, guest.ProgramID, next)
		if IsKind(err, KindNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read inviter: %w", err)
		}
		if m.State != MemberActive || slices.Contains(seen, m.ID) {
			return nil
		}
		u.members = append(u.members, m)
		seen = append(seen, m.ID)
		next = m.InviterID
	}
	return nil
}

func (u *upline) accountIDs() []string {
	ids := make([]string, len(u.members))
	for i, m := range u.members {
		ids[i] = m.AccountID
	}
	return ids
}

func (u *upline) locked(a ledger.Account) {
	if u.accounts == nil {
		u.accounts = make(map[string]ledger.Account, len(u.members))
	}
	u.accounts[a.ID] = a
}

// dueReferral is the reward for a friend that a sale sets off, or the note that it does not any more.
type dueReferral struct {
	row    Referral
	reward rules.ReferralReward
	reason rules.Reason
	month  rules.Counter // of the inviter
}

func (r *dueReferral) pays() bool { return r != nil && r.row.State == ReferralPending }

// life is when a reward begins and ends.
func (r *dueReferral) life(earned time.Time) ledger.Lot {
	return ledger.Lot{ActiveFrom: r.reward.ActiveFrom, ExpiresAt: r.reward.Expires, EarnedAt: earned, Kind: ledger.KindReferral}
}

// judgeReferral decides whether the purchase is the one that pays whoever brought the guest.
func (e *Engine) judgeReferral(ctx context.Context, tx Tx, d *deal) error {
	if !d.settings.Referral.On || len(d.upline.members) == 0 || !d.counts() {
		return nil
	}
	row, err := tx.Referral(ctx, d.sale.ProgramID, d.sale.MemberID)
	if IsKind(err, KindNotFound) || (err == nil && row.State != ReferralJoined) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read referral: %w", err)
	}
	inviter := d.upline.members[0]
	month := rules.Counter{Of: "referral", Period: d.settings.PeriodKey(rules.PeriodMonth, d.sale.OccurredAt)}
	standing, err := tx.Standing(ctx, d.sale.ProgramID, inviter.ID, StandingQuery{Counters: []rules.Counter{month}})
	if err != nil {
		return fmt.Errorf("read standing of inviter: %w", err)
	}
	reward, verdict, reason := d.settings.ReferralDue(&d.standing, d.quote.Total-d.quote.Discount, standing.Use(month).Times, d.sale.OccurredAt)
	row.At = d.now
	switch verdict {
	case rules.ReferralNone:
		return nil
	case rules.ReferralOverdo:
		row.State = ReferralRefused
	case rules.ReferralPays:
		row.State, row.DueAt, row.Inviter, row.Friend = ReferralPending, reward.ActiveFrom, reward.Inviter, reward.Friend
		if row.Suspect, err = d.suspect(ctx, tx, inviter); err != nil {
			return err
		}
	}
	d.referral = &dueReferral{row: row, reward: reward, reason: reason, month: month}
	return nil
}

// payReferral writes the reward of whoever brought the guest.
func (e *Engine) payReferral(ctx context.Context, tx Tx, d *deal) error {
	r := d.referral
	if r == nil {
		return nil
	}
	r.row.SaleID = d.record.ID
	if r.pays() {
		d.did.Referral = d.sale.MemberID
		inviter := d.upline.members[0]
		if r.row.Inviter > 0 {
			account := d.upline.accounts[inviter.AccountID]
			var err error
			r.row.LotID, err = e.credit(ctx, tx, d, &account, credit{key: d.rewardKey("referral"), member: inviter, points: r.row.Inviter,
				life: r.life(d.sale.OccurredAt), reason: r.reason, notice: NoticeReferral})
			if err != nil {
				return fmt.Errorf("reward inviter: %w", err)
			}
			paid := campaign.Happening{Event: campaign.EventFriendPaid, ID: d.record.ID, At: d.sale.OccurredAt}
			if err := happened(ctx, tx, d.sale.ProgramID, inviter.ID, paid); err != nil {
				return err
			}
			d.upline.accounts[inviter.AccountID] = account
		}
		use := rules.Use{Counter: r.month, Times: 1, Points: r.row.Inviter, Last: d.sale.OccurredAt}
		if err := tx.AddUses(ctx, d.sale.ProgramID, inviter.ID, []rules.Use{use}); err != nil {
			return fmt.Errorf("count referral: %w", err)
		}
	}
	if err := tx.PutReferral(ctx, r.row); err != nil {
		return fmt.Errorf("write referral: %w", err)
	}
	return nil
}

// payFriend writes the friend's own reward, after the posting of the sale it comes with.
func (e *Engine) payFriend(ctx context.Context, tx Tx, d *deal) error {
	if !d.referral.pays() || d.referral.row.Friend == 0 {
		return nil
	}
	account := d.account.Apply(d.plan)
	_, err := e.credit(ctx, tx, d, &account, credit{key: d.rewardKey("friend"), member: *d.member, points: d.referral.row.Friend,
		lotID: d.did.FriendLot, life: d.referral.life(d.sale.OccurredAt),
		reason: rules.Reason{ID: "referral_friend", Args: map[string]int64{rules.ArgPoints: int64(d.referral.row.Friend)}}})
	return err
}

// suspect reports whether inviter and friend were at one till at almost the same time: for the owner to look at.
func (d *deal) suspect(ctx context.Context, tx Tx, inviter Holder) (bool, error) {
	within := time.Duration(d.settings.Referral.SuspectWithin) * time.Minute
	if within == 0 {
		return false, nil
	}
	sales, err := tx.SalesOf(ctx, d.sale.ProgramID, inviter.ID, 1)
	if err != nil {
		return false, fmt.Errorf("read sales of inviter: %w", err)
	}
	return len(sales) > 0 && sales[0].LocationID == d.sale.LocationID && sales[0].Till == d.sale.Till &&
		d.sale.OccurredAt.Sub(sales[0].OccurredAt).Abs() <= within, nil
}

// payLevels gives shares of what the guest paid with money to the upline, as the settings say.
func (e *Engine) payLevels(ctx context.Context, tx Tx, d *deal) error {
	shares, err := d.settings.ReferralShares(d.quote.Payable)
	if err != nil {
		return &Error{Kind: KindInvalid, ID: "sum_too_large", Err: err}
	}
	for i, points := range shares {
		if points == 0 || i >= len(d.upline.members) {
			continue
		}
		m := d.upline.members[i]
		account := d.upline.accounts[m.AccountID]
		active, expires := d.settings.LotLife(d.sale.OccurredAt, d.settings.Referral.HoldDays, d.settings.Referral.ValidDays, nil)
		lot, err := e.credit(ctx, tx, d, &account, credit{
			key: d.rewardKey(fmt.Sprint("level:", i+1)), member: m, points: points,
			life:   ledger.Lot{ActiveFrom: active, ExpiresAt: expires, EarnedAt: d.sale.OccurredAt, Kind: ledger.KindReferral},
			reason: rules.Reason{ID: "referral_level", Args: map[string]int64{rules.ArgPoints: int64(points), rules.ArgRate: int64(d.settings.Referral.Levels[i])}}})
		if err != nil {
			return fmt.Errorf("reward level %d: %w", i+1, err)
		}
		d.upline.accounts[m.AccountID] = account
		d.did.Upline = append(d.did.Upline, UplineReward{MemberID: m.ID, AccountID: m.AccountID, LotID: lot, Points: points})
	}
	return nil
}

// rewardKey names a reward that the sale sets off: a corrected check sets it off anew.
func (d *deal) rewardKey(what string) string {
	key := what + ":" + d.record.ID
	if d.revision > 0 {
		key += fmt.Sprint(":", d.revision)
	}
	return key
}

// credit is a reward for a referral that a sale sets off.
type credit struct {
	key    string
	member Holder
	points money.Points
	lotID  string // "" makes one
	life   ledger.Lot
	reason rules.Reason
	notice NoticeKind // "" = nobody is told
}

// credit writes such points as a posting of their own on a locked account, and returns the lot.
func (e *Engine) credit(ctx context.Context, tx Tx, d *deal, account *ledger.Account, c credit) (lotID string, err error) {
	lot := c.life
	lot.ID, lot.Points = cmp.Or(c.lotID, e.newID()), c.points
	plan, err := account.Credit(lot, ledger.ContraEarn)
	if err != nil {
		return "", planError(err, account, d.now)
	}
	after := account.Apply(plan)
	answer := Posted{PostingID: e.newID(), MemberID: c.member.ID, Earned: c.points, Expires: lot.ExpiresAt, Balance: BalanceOf(&after, d.now), At: d.now,
		Effects: []rules.Effect{{Rule: "referral", State: rules.Applied, Points: int64(c.points), Reason: c.reason}}}
	posting := Posting{
		ID: answer.PostingID, ProgramID: d.sale.ProgramID, Kind: ledger.KindReferral, Key: c.key, Hash: c.key, MemberID: c.member.ID, AccountID: account.ID,
		LocationID: d.sale.LocationID, Version: d.version, Points: plan.Net(), Earned: c.points, Debt: after.Debt, Balance: after.Balance(),
		Reasons: answer.Effects, OccurredAt: d.sale.OccurredAt, RecordedAt: d.now,
	}
	if posting.Answer, err = json.Marshal(answer); err != nil {
		return "", fmt.Errorf("remember answer: %w", err)
	}
	if err := tx.InsertPosting(ctx, posting, plan); err != nil {
		return "", fmt.Errorf("write posting: %w", err)
	}
	*account = after
	if c.notice == "" || quiet(d.sale.Source) {
		return lot.ID, nil
	}
	guest, err := memberOf(ctx, tx, d.sale.ProgramID, d.sale.MemberID)
	if err != nil {
		return "", err
	}
	return lot.ID, tx.Enqueue(ctx, e.notice(d.sale.ProgramID, string(c.notice)+":"+posting.ID, toMember(c.member.ID), Notice{
		Kind: c.notice, PostingID: posting.ID, Posted: &answer, Args: map[string]any{"points": int64(c.points), "name": firstName(guest.Name)}}))
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// RewardOffer is a reward as a member sees it.
type RewardOffer struct {
	rules.Reward
	// Why says why the member cannot have it now: reward_tier, reward_limit, reward_sold_out, coupon_open_limit or, when
	// nothing else is in the way, reward_not_enough with what is Missing. Nil: it can be bought.
	Why *Error
}

// Rewards lists what points buy, in the order of the settings, without what is paused.
func (e *Engine) Rewards(ctx context.Context, programID, memberID string) ([]RewardOffer, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return nil, err
	}
	now := e.Now()
	card, err := e.store.Glance(ctx, programID, Look{Ident: Ident{MemberID: memberID}}, now)
	if err != nil {
		return nil, fmt.Errorf("look at card: %w", err)
	}
	own, shared := rewardCounters(program.Settings, program.Settings.Rewards, now)
	standing, err := e.store.Standing(ctx, programID, card.MemberID, StandingQuery{Counters: own})
	if err != nil {
		return nil, fmt.Errorf("read standing: %w", err)
	}
	var uses []rules.Use
	if len(shared) > 0 {
		if uses, err = e.store.Uses(ctx, programID, shared); err != nil {
			return nil, fmt.Errorf("read counters: %w", err)
		}
	}
	offers := make([]RewardOffer, 0, len(program.Settings.Rewards))
	for _, reward := range program.Settings.Rewards {
		if reward.Paused {
			continue
		}
		offer := RewardOffer{Reward: reward}
		err := mayHave(program.Settings, &reward, &standing, uses, card.Balance.Available, now)
		if err != nil && !errors.As(err, &offer.Why) {
			return nil, err
		}
		offers = append(offers, offer)
	}
	return offers, nil
}

// rewardCounters are the counters that limits of rewards are held against at an instant: the member's and those of all.
func rewardCounters(settings *rules.Settings, rewards []rules.Reward, at time.Time) (own, shared []rules.Counter) {
	for _, r := range rewards {
		for _, c := range settings.CountersOf("reward:"+r.ID, r.Limits, at) {
			if c.All {
				shared = append(shared, c)
			} else {
				own = append(own, c)
			}
		}
	}
	return own, shared
}

// mayHave says why a member cannot have a reward now, nil when nothing is in the way. Uses are of the counters of all members.
func mayHave(settings *rules.Settings, r *rules.Reward, standing *rules.Standing, uses []rules.Use, available money.Points, now time.Time) error {
	if len(r.Tiers) > 0 && !slices.Contains(r.Tiers, standing.Tier.ID) {
		return fail(KindForbidden, "reward_tier", "Name", settings.NameOf("tier:"+r.Tiers[0], settings.Languages[0]), "Tier", r.Tiers[0])
	}
	of, limits := "reward:"+r.ID, r.Limits
	own := standing.Use(rules.Counter{Of: of, Period: settings.PeriodKey(limits.Every, now)})
	if limits.Times > 0 && own.Times >= limits.Times {
		return fail(KindLimit, "reward_limit", "Max", limits.Times, "Every", string(limits.Every))
	}
	all := rules.Counter{Of: of, Period: settings.PeriodKey(limits.BudgetEvery, now), All: true}
	if limits.TotalTimes > 0 && timesOf(uses, all) >= limits.TotalTimes {
		return fail(KindLimit, "reward_sold_out")
	}
	if kind, found := settings.CouponKind(r.Coupon); found && kind.MaxOpen > 0 && openOf(standing.Coupons, kind.ID, now) >= kind.MaxOpen {
		return fail(KindLimit, "coupon_open_limit", "Name", settings.NameOf("coupon:"+kind.ID, settings.Languages[0]), "Max", int64(kind.MaxOpen))
	}
	if r.Cost > available {
		return fail(KindInsufficient, "reward_not_enough", "Points", r.Cost, "Available", available, "Missing", r.Cost-available)
	}
	return nil
}

// BuyRewardInput buys something of the catalogue.
type BuyRewardInput struct {
	Key       string
	ProgramID string
	MemberID  string
	RewardID  string
	StaffID   string // who does it for the guest; "" = the guest
}

// BuyReward spends a member's points on a reward and issues its coupon. What the catalogue lists as not possible is refused with
// the same error; of two buyers of the last piece, or two tills with points for one, exactly one succeeds.
func (e *Engine) BuyReward(ctx context.Context, in BuyRewardInput) (CouponGiven, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return CouponGiven{}, err
	}
	if in.MemberID == "" {
		return CouponGiven{}, fail(KindInvalid, "member_missing")
	}
	posted, err := e.perform(ctx, deed{
		key: in.Key, input: in, program: program, memberID: in.MemberID, staffID: in.StaffID, kind: ledger.KindReward,
		do: func(tx Tx, s *doing) error {
			if _, err := serving(ctx, tx, in.ProgramID, in.StaffID, s.member.ID, false); err != nil {
				return err
			}
			return e.buyReward(ctx, tx, program, s, in)
		},
	})
	return e.couponGiven(ctx, in.ProgramID, posted, err)
}

func (e *Engine) buyReward(ctx context.Context, tx Tx, program Program, s *doing, in BuyRewardInput) error {
	settings := program.Settings
	reward := settings.Reward(in.RewardID)
	if reward == nil || reward.Paused {
		return fail(KindNotFound, "reward_unknown")
	}
	own, shared := rewardCounters(settings, []rules.Reward{*reward}, s.now)
	standing, err := tx.Standing(ctx, program.ID, s.member.ID, StandingQuery{Counters: own})
	if err != nil {
		return fmt.Errorf("read standing: %w", err)
	}
	var uses []rules.Use
	if len(shared) > 0 {
		if uses, err = tx.LockUses(ctx, program.ID, shared); err != nil {
			return fmt.Errorf("lock counters: %w", err)
		}
	}
	if err := mayHave(settings, reward, &standing, uses, s.account.Available(s.now), s.now); err != nil {
		return err
	}
	if s.plan, err = s.account.Burn(reward.Cost, s.now); err != nil {
		return planError(err, &s.account, s.now)
	}
	of := "reward:" + reward.ID
	// The coupon has the id of the posting that paid for it: taking it back finds the points by it.
	coupon, err := e.grant(ctx, tx, program, s, rules.Grant{Coupon: reward.Coupon, From: of}, in.StaffID, s.postingID)
	if err != nil {
		return err
	}
	if counted := rewardUses(own, shared, 1, reward.Cost, s.now); len(counted) > 0 {
		if err := tx.AddUses(ctx, program.ID, s.member.ID, counted); err != nil {
			return fmt.Errorf("count reward: %w", err)
		}
	}
	name := settings.NameOf(of, settings.Languages[0])
	s.answer.Redeemed = reward.Cost
	s.answer.Effects = []rules.Effect{{Rule: of, State: rules.Applied, Points: -int64(reward.Cost), Reason: rules.Reason{
		ID: "reward_bought", Of: of, Text: name, Args: map[string]int64{rules.ArgPoints: int64(reward.Cost)}}}}
	if in.StaffID != "" {
		kind, _ := settings.CouponKind(coupon.Kind)
		args := couponArgs(settings, coupon, kind)
		args["reward"], args["name"], args["points"] = reward.ID, name, int64(reward.Cost)
		s.tell = &Notice{Kind: NoticeReward, Args: args}
	}
	return nil
}

// rewardUses is what a purchase, or with −1 its end, does to the counters.
func rewardUses(own, shared []rules.Counter, times int, cost money.Points, at time.Time) []rules.Use {
	var uses []rules.Use
	for _, c := range append(slices.Clone(own), shared...) {
		use := rules.Use{Counter: c, Times: times, Points: money.Points(times) * cost}
		if times > 0 {
			use.Last = at
		}
		uses = append(uses, use)
	}
	return uses
}

// openOf counts a member's open coupons of a kind.
func openOf(coupons []rules.Coupon, kind string, at time.Time) int {
	n := 0
	for _, c := range coupons {
		if c.Kind == kind && openAt(c, at) {
			n++
		}
	}
	return n
}

// CancelRewardInput gives a reward back that has not been used.
type CancelRewardInput struct {
	Key       string
	ProgramID string
	MemberID  string
	CouponID  string
	StaffID   string // who does it for the guest; "" = the guest
}

// CancelReward gives a reward back while its coupon is unused: the points return to the lots they came from, with the ends these
// have, and the coupon is revoked. Points that have ended since come back, with the program's grace time to live, only when staff
// cancels; a guest who could do that alone would prolong points for ever by buying and cancelling, and gets reward_points_ended. The
// end of a coupon gives no points back.
func (e *Engine) CancelReward(ctx context.Context, in CancelRewardInput) (Posted, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return Posted{}, err
	}
	if in.MemberID == "" {
		return Posted{}, fail(KindInvalid, "member_missing")
	}
	return e.perform(ctx, deed{
		key: in.Key, input: in, program: program, memberID: in.MemberID, staffID: in.StaffID, kind: ledger.KindReward, reverses: in.CouponID,
		do: func(tx Tx, s *doing) error {
			if _, err := serving(ctx, tx, in.ProgramID, in.StaffID, s.member.ID, false); err != nil {
				return err
			}
			return e.cancelReward(ctx, tx, program, s, in)
		},
	})
}

func (e *Engine) cancelReward(ctx context.Context, tx Tx, program Program, s *doing, in CancelRewardInput) error {
	coupon, err := openCoupon(ctx, tx, in.ProgramID, s.member.ID, in.CouponID, s.now)
	if err != nil {
		return err
	}
	rewardID, bought := strings.CutPrefix(coupon.Source, "reward:")
	if !bought {
		return fail(KindInvalid, "coupon_not_bought")
	}
	paid, err := tx.Posting(ctx, in.ProgramID, coupon.ID)
	if err != nil {
		return fmt.Errorf("read purchase of reward: %w", err)
	}
	if s.plan, err = e.planCancel(ctx, tx, program.Settings, s, paid, in.StaffID == ""); err != nil {
		return err
	}
	coupon.State = rules.CouponRevoked
	if err := tx.UpdateCoupon(ctx, coupon, rules.CouponIssued, rules.CouponActivated); err != nil {
		return fmt.Errorf("write coupon: %w", err)
	}
	version, err := tx.SettingsVersion(ctx, in.ProgramID, paid.Version)
	if err != nil {
		return fmt.Errorf("read settings of purchase: %w", err)
	}
	of, args := "reward:"+rewardID, couponArgs(program.Settings, coupon, rules.CouponKind{ID: coupon.Kind})
	name := version.Settings.NameOf(of, version.Settings.Languages[0])
	if reward := version.Settings.Reward(rewardID); reward != nil {
		own, shared := rewardCounters(version.Settings, []rules.Reward{*reward}, paid.OccurredAt)
		if counted := rewardUses(own, shared, -1, paid.Burned, s.now); len(counted) > 0 {
			if err := tx.AddUses(ctx, in.ProgramID, s.member.ID, counted); err != nil {
				return fmt.Errorf("count reward: %w", err)
			}
		}
	}
	s.answer.Restored = paid.Burned
	s.answer.Effects = []rules.Effect{{Rule: of, State: rules.Applied, Points: int64(paid.Burned), Reason: rules.Reason{
		ID: "reward_cancelled", Of: of, Text: name, Args: map[string]int64{rules.ArgPoints: int64(paid.Burned)}}}}
	if in.StaffID != "" {
		args["reward"], args["name"], args["points"] = rewardID, name, int64(paid.Burned)
		s.tell = &Notice{Kind: NoticeRewardBack, Args: args}
	}
	return nil
}

// planCancel plans the return of the points that a posting has spent.
func (e *Engine) planCancel(ctx context.Context, tx Tx, settings *rules.Settings, s *doing, paid Posting, byGuest bool) (ledger.Plan, error) {
	back := ledger.Return{Restore: paid.Burned, NewLotID: e.newID(), GraceUntil: settings.ExpiryAfter(s.now, max(settings.Lots.GraceDays, 1))}
	if paid.AccountID != s.account.ID { // two cards were made one since: those lots are no more
		return s.account.Reverse(back, s.now), nil
	}
	entries, err := tx.Entries(ctx, paid.ProgramID, paid.ID)
	if err != nil {
		return ledger.Plan{}, fmt.Errorf("read entries of purchase: %w", err)
	}
	back.Taken = stillTaken(entries, 0)
	if back.Closed, err = closedLots(ctx, tx, paid.ProgramID, &s.account, back.Taken); err != nil {
		return ledger.Plan{}, err
	}
	if byGuest {
		back.GraceUntil = s.now
		for _, lot := range append(slices.Clone(s.account.Lots), back.Closed...) {
			took := slices.ContainsFunc(back.Taken, func(m ledger.Move) bool { return m.LotID == lot.ID })
			if took && lot.Expired(s.now) {
				return ledger.Plan{}, fail(KindExpired, "reward_points_ended")
			}
		}
	}
	return s.account.Reverse(back, s.now), nil
}

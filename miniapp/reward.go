package miniapp

import (
	"net/http"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/miniapp/ui"
	"kartka/words"
)

// rewards lists what points buy.
func (a *App) rewards(w http.ResponseWriter, r *http.Request, v *visitor) error {
	list, err := a.Engine.Rewards(r.Context(), v.Program.ID, v.Member.ID)
	if err != nil {
		return err
	}
	have := engine.BalanceOf(&v.Account, v.W.Now).Available
	page := ui.Rewards{Have: v.W.T("guest.reward.have", args{"Points": v.W.Points(have)})}
	for _, offer := range list {
		item := ui.Reward{Path: "rewards/" + offer.ID, Name: v.rewardName(offer.ID), Cost: v.W.Points(offer.Cost)}
		if offer.Why != nil {
			item.Path, item.Why = "", v.W.Problem(offer.Why)
			if missing, ok := offer.Why.Args["Missing"].(money.Points); ok {
				item.Why, item.Have, item.From = v.W.T("guest.reward.missing", args{"Points": v.W.Points(missing)}), int64(max(0, have)), int64(offer.Cost)
			}
		}
		page.List = append(page.List, item)
	}
	f, err := a.frame(r, v, "offers", v.plain("guest.reward.btn"))
	if err != nil {
		return err
	}
	f.Back = v.base + "offers"
	return a.show(w, r, v, f, page)
}

func (v *visitor) rewardName(id string) string {
	return words.CleanName(v.W.Name("reward:"+id, ""), 64)
}

// reward asks whether to spend points on a reward, and tells what is left then.
func (a *App) reward(w http.ResponseWriter, r *http.Request, v *visitor) error {
	id := r.PathValue("id")
	reward := v.Program.Settings.Reward(id)
	if reward == nil || reward.Paused {
		return &engine.Error{Kind: engine.KindNotFound, ID: "reward_unknown"}
	}
	left := engine.BalanceOf(&v.Account, v.W.Now).Available - reward.Cost
	if left < 0 { // it was enough when the list was read
		return a.rewards(w, r, v)
	}
	name := v.rewardName(id)
	page := ui.RewardAsk{Key: a.Engine.NewID(), Path: "rewards/" + id,
		Text: v.W.T("guest.reward.ask", args{"Name": name, "Cost": v.W.Points(reward.Cost), "Left": v.W.Points(left)})}
	if kind, known := v.Program.Settings.CouponKind(reward.Coupon); known {
		page.Terms = v.W.CouponTerms(kind)
	}
	f, err := a.frame(r, v, "offers", name)
	if err != nil {
		return err
	}
	f.Back = v.base + "rewards"
	return a.show(w, r, v, f, page)
}

// buy spends the points.
func (a *App) buy(w http.ResponseWriter, r *http.Request, v *visitor) error {
	key, err := v.keyOf(r)
	if err != nil {
		return err
	}
	got, err := a.Engine.BuyReward(r.Context(), engine.BuyRewardInput{Key: key, ProgramID: v.Program.ID, MemberID: v.Member.ID, RewardID: r.PathValue("id")})
	if err != nil {
		return err
	}
	r.SetPathValue("id", got.Coupon.ID)
	return a.done(w, r, v, "coupon/"+got.Coupon.ID, v.plain("guest.reward.done", args{"Points": v.W.Points(got.Redeemed)}), a.coupon)
}

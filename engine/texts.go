package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"kartka/engine/jsontext"
	"kartka/engine/rules"
)

// What every sale leaves behind as JSON is written by hand, for there is much of it. It reads as what encoding/json writes.

// texts writes objects whose members need encoding/json now and then. The first failure is kept.
type texts struct {
	jsontext.Object
	err error
}

func beginTexts(b []byte) texts { return texts{Object: jsontext.Begin(b)} }

// any adds a member of any kind.
func (o *texts) any(key string, value any) {
	text, err := json.Marshal(value)
	if err != nil && o.err == nil {
		o.err = fmt.Errorf("%s: %w", key, err)
	}
	o.Raw(key, string(text))
}

// omitList adds a list that is not empty.
func omitList[T any](o *texts, key string, list []T) {
	if len(list) > 0 {
		o.any(key, list)
	}
}

func (o *texts) end() ([]byte, error) { return o.End(), o.err }

// appendTo adds the answer to a text as JSON.
func (a *Posted) appendTo(b []byte) ([]byte, error) {
	o := beginTexts(b)
	o.OmitString("posting_id", a.PostingID)
	o.OmitString("sale_id", a.SaleID)
	o.OmitString("member_id", a.MemberID)
	o.OmitInt("total", int64(a.Total))
	o.OmitInt("payable", int64(a.Payable))
	o.OmitInt("discount", int64(a.Discount))
	o.OmitInt("certificate", int64(a.Certificate))
	o.OmitInt("redeemed", int64(a.Redeemed))
	o.OmitInt("redeem_money", int64(a.RedeemMoney))
	o.OmitInt("earned", int64(a.Earned))
	o.OmitTime("expires", a.Expires)
	o.OmitInt("restored", int64(a.Restored))
	o.OmitInt("revoked", int64(a.Revoked))
	o.OmitInt("cash_back", int64(a.CashBack))
	o.OmitInt("gift_back", int64(a.GiftBack))
	o.OmitString("tier", a.Tier)
	omitList(&o, "stamps", a.Stamps)
	o.OmitStrings("coupons", a.Coupons)
	o.Value("balance", a.Balance.appendTo)
	if len(a.Effects) > 0 {
		o.Value("effects", func(b []byte) []byte { return rules.AppendEffects(b, a.Effects) })
	}
	omitList(&o, "issues", a.Issues)
	o.OmitTime("at", a.At)
	return o.end()
}

func (v *Balance) appendTo(b []byte) []byte {
	o := jsontext.Begin(b)
	o.Int("total", int64(v.Total))
	o.Int("available", int64(v.Available))
	o.OmitInt("pending", int64(v.Pending))
	o.OmitInt("held", int64(v.Held))
	o.OmitInt("debt", int64(v.Debt))
	o.OmitTime("next", v.Next)
	o.OmitInt("next_points", int64(v.NextPoints))
	return o.End()
}

// AppendTo adds what the sale did to a text as JSON; nothing is {}.
func (d *Did) AppendTo(b []byte) ([]byte, error) {
	o := beginTexts(b)
	o.OmitStrings("lots", d.Lots)
	omitList(&o, "stamps", d.Stamps)
	omitList(&o, "coupons", d.Coupons)
	omitList(&o, "paid", d.Paid)
	o.OmitStrings("granted", d.Granted)
	o.OmitStrings("prizes", d.Prizes)
	omitList(&o, "uses", d.Uses)
	o.OmitString("referral", d.Referral)
	o.OmitString("friend_lot", d.FriendLot)
	omitList(&o, "upline", d.Upline)
	before, err := d.Before.appendTo(make([]byte, 0, 64))
	if o.err == nil {
		o.err = err
	}
	if len(before) > len("{}") {
		o.Raw("before", string(before))
	}
	return o.end()
}

func (v *Before) appendTo(b []byte) ([]byte, error) {
	o := beginTexts(b)
	o.OmitString("tier", v.Tier)
	if v.Held != nil {
		o.any("held", v.Held)
	}
	o.OmitString("reached", v.Reached)
	o.OmitInt("visits", int64(v.Visits))
	o.OmitTime("last_visit", v.LastVisit)
	if len(v.Gave) > 0 {
		o.any("gave", v.Gave)
	}
	return o.end()
}

// AppendTo adds the notice to a text as JSON.
func (n *Notice) AppendTo(b []byte) ([]byte, error) {
	o := beginTexts(b)
	o.String("kind", string(n.Kind))
	if len(n.Args) > 0 {
		o.Value("args", func(b []byte) []byte {
			args := beginTexts(b)
			for _, name := range slices.Sorted(maps.Keys(n.Args)) {
				switch v := n.Args[name].(type) {
				case string:
					args.String(name, v)
				case int64:
					args.Int(name, v)
				default:
					args.any(name, v)
				}
			}
			if o.err == nil {
				o.err = args.err
			}
			return args.End()
		})
	}
	o.OmitString("posting_id", n.PostingID)
	o.OmitString("hold_id", n.HoldID)
	if n.Posted != nil {
		o.Value("posted", func(b []byte) []byte {
			posted, err := n.Posted.appendTo(b)
			if o.err == nil {
				o.err = err
			}
			return posted
		})
	}
	return o.end()
}

package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// Further deeds of the hard cases, for the mechanics. Settings are written as a shop owner writes them:
//
//	set tiers {"basis":"spend","list":[…]}    a section of the settings; a new version
//	guest ANNA [by=BOB]                       who the next deeds are about; new with the first mention, invited by BOB
//	sale lines=coffee:60x2,cake:85 [place=CODE] [channel=till] [marks=coffee:2] [gift=A] [nocoupons=yes] [tender=house]
//	     => earn= pay= discount= gift= tier= free= grants=
//	stamps coffee => 3          tier => gold          coupons => free-coffee:activated,…          visits => 2 spent=120
//	activate KIND     hand KIND     enter SPRING => points=50 coupon=KIND     buy REWARD => coupon=KIND     unbuy
//	certificate 500 as=A        left A => 200         daily => expired= bonuses= up= down= kept= activated= reminders=
//	transfer 50 to=BOB          merge gone=BOB        unmerge
//	birthday 1990-05-17         tag vip,staff         assign gold [until=2026-12-31]      event review => earn=
//	revise lines=…/sum          attach sale=1         orphan receipt=R1 till=T1 [all|50]  rescue      reinstate 50 days=30
//
// The deeds at the till are in hardcases_tills_test.go.
func (c *hardCase) actMore(t *testing.T, verb string, plain []string, o map[string]string, key, raw string) (map[string]string, error) {
	t.Helper()
	ctx := context.Background()
	switch verb {
	case "set":
		return nil, c.set(ctx, plain[0], raw)
	case "guest":
		return nil, c.guest(t, plain[0], o["by"])
	case "stamps", "tier", "coupons", "visits":
		return c.look(ctx, verb, plain)
	case "activate", "hand":
		return nil, c.coupon(ctx, verb, plain[0], key)
	case "enter":
		got, err := c.engine.EnterCode(ctx, engine.EnterCodeInput{Key: key, ProgramID: c.program.ID, MemberID: c.member.ID, Text: strings.Join(plain, " ")})
		out := map[string]string{"points": c.program.Unit(got.Earned), "coupon": ""}
		if got.Coupon != nil {
			out["coupon"] = got.Coupon.Kind
		}
		return out, err
	case "buy":
		got, err := c.engine.BuyReward(ctx, engine.BuyRewardInput{Key: key, ProgramID: c.program.ID, MemberID: c.member.ID, RewardID: plain[0]})
		c.bought = got.Coupon.ID
		return map[string]string{"coupon": got.Coupon.Kind}, err
	case "unbuy":
		_, err := c.engine.CancelReward(ctx, engine.CancelRewardInput{Key: key, ProgramID: c.program.ID, MemberID: c.member.ID, CouponID: c.bought})
		return nil, err
	case "certificate":
		sold, err := c.engine.SellCertificate(ctx, engine.SellCertificateInput{Key: key, ProgramID: c.program.ID, Amount: c.amount(t, plain[0])})
		if c.gifts == nil {
			c.gifts = map[string]engine.Secret{}
		}
		c.gifts[o["as"]] = sold.Certificate.Code
		return nil, err
	case "left":
		got, err := c.store.CertificateByCode(ctx, c.program.ID, c.gifts[plain[0]])
		return map[string]string{"": c.sum(got.Left)}, err
	case "daily":
		return c.daily(ctx)
	case "birthday":
		b, err := rules.ParseBirthday(plain[0], rules.DateOf(c.now, c.settings.Zone))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.engine.SetBirthday(ctx, c.program.ID, c.member.ID, b)
		return nil, err
	case "event":
		got, err := c.engine.Event(ctx, engine.EventInput{Key: key, ProgramID: c.program.ID, MemberID: c.member.ID, Event: plain[0]})
		return map[string]string{"earn": c.program.Unit(got.Earned)}, err
	case "assign":
		in := engine.TierInput{Key: key, ProgramID: c.program.ID, MemberID: c.member.ID, TierID: plain[0]}
		if o["until"] != "" {
			in.Until = rules.Date(o["until"]).Add(1).Start(c.settings.Zone)
		}
		_, err := c.engine.AssignTier(ctx, in)
		return nil, err
	case "rescue":
		got, err := c.engine.Rescue(ctx, key, c.program.ID, c.member.ID)
		return map[string]string{"points": c.program.Unit(got.Points)}, err
	case "reinstate":
		_, err := c.engine.Reinstate(ctx, engine.ReinstateInput{Key: key, ProgramID: c.program.ID, MemberID: c.member.ID, Points: c.points(t, plain[0]), Days: number(t, o["days"])})
		return nil, err
	}
	return c.actBetween(t, verb, plain, o, key)
}

// actBetween are the deeds of two people, and the corrections.
func (c *hardCase) actBetween(t *testing.T, verb string, plain []string, o map[string]string, key string) (map[string]string, error) {
	t.Helper()
	ctx := context.Background()
	switch verb {
	case "transfer":
		_, err := c.engine.Transfer(ctx, engine.TransferInput{Key: key, ProgramID: c.program.ID, FromMember: c.member.ID, ToMember: c.guests[o["to"]].ID, Points: c.points(t, plain[0])})
		return nil, err
	case "merge":
		got, err := c.engine.Merge(ctx, engine.MergeInput{Key: key, ProgramID: c.program.ID, KeepID: c.member.ID, GoneID: c.guests[o["gone"]].ID})
		c.merged = got.PostingID
		return nil, err
	case "tag":
		_, err := c.engine.SetTags(ctx, engine.TagsInput{ProgramID: c.program.ID, MemberID: c.member.ID, Tags: strings.Split(plain[0], ",")})
		return nil, err
	case "revise":
		in := c.check(t, plain, o)
		got, err := c.engine.Revise(ctx, engine.ReviseInput{Key: key, ProgramID: c.program.ID, SaleID: c.saleOf(t, o), Sale: in})
		return c.posted(got), err
	case "unmerge":
		_, err := c.engine.Unmerge(ctx, engine.UnmergeInput{Key: key, ProgramID: c.program.ID, MergeID: c.merged})
		return nil, err
	case "attach":
		got, err := c.engine.AttachMember(ctx, key, c.program.ID, c.saleOf(t, o), c.member.ID, "")
		return c.posted(got), err
	case "orphan": // a return by the number of the receipt; it may arrive before its sale
		in := engine.ReverseInput{Key: key, ProgramID: c.program.ID}
		if len(plain) > 0 && plain[0] != "all" {
			in.Amount = c.amount(t, plain[0])
		} else {
			in.All = true
		}
		answer, waiting, err := c.engine.ReturnByReceipt(ctx, "", o["till"], string(rules.DateOf(c.now, c.settings.Zone)), o["receipt"], in)
		got := c.returned(answer)
		got["waiting"] = fmt.Sprint(waiting)
		return got, err
	}
	return c.actAtTill(t, verb, plain, o, key)
}

// set replaces a section of the settings and puts them in force.
func (c *hardCase) set(ctx context.Context, section, raw string) error {
	current, err := json.Marshal(c.program.Settings)
	if err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(current, &all); err != nil {
		return err
	}
	all[section] = json.RawMessage(raw)
	changed, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("%s: %w", raw, err)
	}
	s, err := rules.ParseSettings(changed)
	if err != nil {
		return err
	}
	p, err := c.engine.ChangeSettings(ctx, c.program.ID, "", c.program.Version, s)
	if err == nil {
		c.program = p
		c.settings = *s
	}
	return err
}

// guest turns to a member by name, and makes one that is new.
func (c *hardCase) guest(t *testing.T, name, by string) error {
	t.Helper()
	if c.guests == nil {
		c.guests = map[string]engine.Member{}
	}
	if m, ok := c.guests[name]; ok {
		c.member = m
		return nil
	}
	c.member = c.join(t, c.program, engine.JoinInput{Name: name, InviteTag: c.guests[by].InviteTag})
	c.guests[name] = c.member
	return nil
}

// look reads what a program knows of the member.
func (c *hardCase) look(ctx context.Context, verb string, plain []string) (map[string]string, error) {
	s, err := c.store.Standing(ctx, c.program.ID, c.member.ID, engine.StandingQuery{})
	if err != nil {
		return nil, err
	}
	switch verb {
	case "stamps":
		for _, st := range s.Stamps {
			if st.Card == plain[0] {
				return map[string]string{"": fmt.Sprint(st.Count)}, nil
			}
		}
		return map[string]string{"": "0"}, nil
	case "tier":
		out := map[string]string{"": s.Tier.ID, "grace": fmt.Sprint(s.Tier.Grace)}
		if out[""] == "" {
			out[""] = "none"
		}
		return out, nil
	case "visits":
		return map[string]string{"": fmt.Sprint(s.Visits), "spent": c.sum(s.Spent), "friends": fmt.Sprint(s.Referrals)}, nil
	}
	var open []string
	for _, k := range s.Coupons {
		open = append(open, k.Kind+":"+string(k.State))
	}
	slices.Sort(open)
	if len(open) == 0 {
		open = []string{"none"}
	}
	return map[string]string{"": strings.Join(open, ",")}, nil
}

// coupon activates or hands over the member's open coupon of a kind.
func (c *hardCase) coupon(ctx context.Context, verb, kind, key string) error {
	all, err := c.store.CouponsOf(ctx, c.program.ID, c.member.ID, true, 50)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(x engine.Coupon) bool { return x.Kind == kind })
	if i < 0 {
		return fmt.Errorf("no open coupon %s", kind)
	}
	if verb == "activate" {
		_, err = c.engine.ActivateCoupon(ctx, c.program.ID, c.member.ID, all[i].ID)
		return err
	}
	_, err = c.engine.HandOver(ctx, engine.HandOverInput{Key: key, ProgramID: c.program.ID, MemberID: c.member.ID, CouponID: all[i].ID})
	return err
}

func (c *hardCase) daily(ctx context.Context) (map[string]string, error) {
	r, err := c.engine.Daily(ctx, c.program.ID, c.now, nil)
	return map[string]string{"days": fmt.Sprint(r.Days), "activated": fmt.Sprint(r.Activated), "bonuses": fmt.Sprint(r.Bonuses), "points": c.program.Unit(r.BonusPoints),
		"up": fmt.Sprint(r.Up), "down": fmt.Sprint(r.Down), "kept": fmt.Sprint(r.Kept), "friends": fmt.Sprint(r.Friends),
		"expired": c.program.Unit(r.Expired.Points), "coupons": fmt.Sprint(r.Coupons), "reminders": fmt.Sprint(r.Reminders)}, err
}

// posted is an answer in words.
func (c *hardCase) posted(p engine.Posted) map[string]string {
	got := map[string]string{"earn": c.program.Unit(p.Earned), "spent": c.program.Unit(p.Redeemed), "pay": c.sum(p.Payable),
		"discount": c.sum(p.Discount), "gift": c.sum(p.Certificate), "tier": p.Tier,
		"replayed": fmt.Sprint(p.Replayed), "expires": "never", "free": "0", "grants": fmt.Sprint(len(p.Coupons))}
	free := 0
	for _, s := range p.Stamps {
		free += s.Free
	}
	got["free"] = fmt.Sprint(free)
	if !p.Expires.IsZero() {
		got["expires"] = p.Expires.In(c.settings.Zone).Format("2006-01-02T15:04")
	}
	for _, issue := range p.Issues {
		got["issue"] = issue.ID
	}
	return got
}

func (c *hardCase) saleOf(t *testing.T, o map[string]string) string {
	t.Helper()
	if n, ok := o["sale"]; ok {
		return c.sales[number(t, n)-1]
	}
	return c.sales[len(c.sales)-1]
}

// check reads a check: a sum or lines, and what is shown with it.
func (c *hardCase) check(t *testing.T, plain []string, o map[string]string) engine.SaleInput {
	t.Helper()
	in := engine.SaleInput{ProgramID: c.program.ID, MemberID: c.member.ID, ReceiptNo: o["receipt"], Till: o["till"], Source: o["channel"], NoCoupons: o["nocoupons"] == "yes"}
	if len(plain) > 0 {
		in.Sum = c.amount(t, plain[0])
	}
	if o["card"] == "none" {
		in.MemberID = ""
	}
	if spend := o["spend"]; spend != "" {
		in.Redeem = c.points(t, spend)
	}
	if late := o["late"]; late != "" {
		d, err := time.ParseDuration(late)
		if err != nil {
			t.Fatal(err)
		}
		in.OccurredAt = c.now.Add(-d)
	}
	for _, text := range strings.FieldsFunc(o["marks"], func(r rune) bool { return r == ',' }) {
		card, units, _ := strings.Cut(text, ":")
		in.Marks = append(in.Marks, rules.Mark{Card: card, Units: number(t, units)})
	}
	if gift := o["gift"]; gift != "" {
		in.Certificates = []string{c.gifts[gift].Reveal()}
	}
	if o["tender"] == "house" {
		in.Tenders = []engine.Tender{{Kind: engine.TenderHouse, Amount: 1}}
	}
	for i, text := range strings.FieldsFunc(o["lines"], func(r rune) bool { return r == ',' }) {
		category, price, named := strings.Cut(text, ":")
		if !named {
			category, price = "", text
		}
		net, qty, many := strings.Cut(price, "x")
		line := rules.Line{Category: category, Net: c.amount(t, net), Quantity: 1000}
		if many {
			line.Quantity = money.Quantity(number(t, qty) * 1000)
		}
		line.NoEarn, line.NoRedeem = o["noearn"] == fmt.Sprint(i+1), o["noredeem"] == fmt.Sprint(i+1)
		in.Lines = append(in.Lines, line)
	}
	return in
}

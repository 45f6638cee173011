package guest

import (
	"testing"
	"time"

	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

const (
	couponID  = "01927f3e-5b7a-7c31-9d2e-aaaaaaaaaaaa"
	freeID    = "01927f3e-5b7a-7c31-9d2e-bbbbbbbbbbbb"
	cakeID    = "01927f3e-5b7a-7c31-9d2e-cccccccccccc"
	oldID     = "01927f3e-5b7a-7c31-9d2e-dddddddddddd"
	contactID = "01927f3e-5b7a-7c31-9d2e-eeeeeeeeeeee"
	friendID  = "01927f3e-5b7a-7c31-9d2e-111111111111"
)

func named(uk, en, ru, kk, pl, es string) rules.Name {
	return rules.Name{"uk": uk, "en": en, "ru": ru, "kk": kk, "pl": pl, "es": es}
}

// everything adds every mechanic there is to a program.
func everything(s *rules.Settings) {
	half := money.Rate(5000)
	s.Welcome = rules.Welcome{Points: 100, Days: 30, WithPurchase: true}
	s.Goods = []rules.Category{{ID: "coffee", Name: named("Кава", "Coffee", "Кофе", "Кофе", "Kawa", "Café")}}
	s.Tiers = rules.Tiers{Basis: rules.TierBySpend, KeepDays: 365, GraceDays: 14, WarnDays: 14, Downgrade: rules.DowngradeStep, List: []rules.Tier{
		{ID: "silver", Name: named("Срібло", "Silver", "Серебро", "Күміс", "Srebro", "Plata"), From: 100000, Rate: 500},
		{ID: "gold", Name: named("Золото", "Gold", "Золото", "Алтын", "Złoto", "Oro"), From: 500000, Rate: 700, Discount: 300, Limit: &half, ValidDays: 365, Coupon: "cake"},
	}}
	s.Stamps = []rules.StampCard{
		{ID: "coffee", Name: named("Кава", "Coffee", "Кофе", "Кофе", "Kawa", "Café"), Every: 8, Goods: rules.Goods{Categories: []string{"coffee"}}, MaxPrice: 9000},
		{ID: "visits", Name: named("Візити", "Visits", "Визиты", "Келу", "Wizyty", "Visitas"), Every: 6, PerCheck: true, MinCheck: 10000, Points: 50},
		{ID: "breakfast", Name: named("Сніданки", "Breakfasts", "Завтраки", "Таңғы ас", "Śniadania", "Desayunos"), Every: 12, Coupon: "cake"},
		{ID: "tea", Name: named("Чай", "Tea", "Чай", "Шай", "Herbata", "Té"), Every: 6, PerCheck: true},
	}
	s.Coupons = []rules.CouponKind{
		{ID: "lunch", Name: named("Обід −20 %", "Lunch −20 %", "Обед −20 %", "Түскі ас −20 %", "Lunch −20 %", "Comida −20 %"),
			Gives: rules.Benefit{Kind: rules.GivesDiscount, Rate: 2000}, When: rules.Condition{MinCheck: 20000}, Days: 30},
		{ID: "cake", Name: named("Шматок торта", "A piece of cake", "Кусок торта", "Торттың бір тілімі", "Kawałek tortu", "Porción de tarta"),
			Gives: rules.Benefit{Kind: rules.GivesFree, Amount: 12000}, ByHand: true, AtOnce: true, Days: 14},
	}
	s.Codes = []rules.PromoCode{{Code: "AUTUMN", Points: 50, ValidDays: 30}}
	s.Rewards = []rules.Reward{
		{ID: "cake", Name: named("Шматок торта", "A piece of cake", "Кусок торта", "Торттың бір тілімі", "Kawałek tortu", "Porción de tarta"), Cost: 200, Coupon: "cake"},
		{ID: "mug", Name: named("Кухоль", "Mug", "Кружка", "Кесе", "Kubek", "Taza"), Cost: 1500, Coupon: "cake"},
		{ID: "tasting", Name: named("Дегустація", "Tasting", "Дегустация", "Дегустация", "Degustacja", "Cata"), Cost: 100, Coupon: "cake", Tiers: []string{"gold"}},
	}
	s.Gifts = rules.Certificates{On: true, Days: 365, Amounts: []money.Amount{50000}}
	s.Referral = rules.Referral{On: true, Inviter: 100, Friend: 50, MinCheck: 15000, Purchase: 1, HoldDays: 14, MaxPerMonth: 10}
	s.Transfer = rules.Transfer{On: true, Min: 10, PerDay: 500}
	s.Sharing = rules.Sharing{People: 3}
	s.Rescue = rules.Rescue{KeepDays: 14, WarnDays: 7}
	s.Fields = []rules.Field{
		{ID: "pet", Name: named("Улюбленець", "Pet", "Питомец", "Үй жануары", "Zwierzak", "Mascota"), Asked: true, Choices: []rules.Choice{
			{ID: "dog", Name: named("Пес", "Dog", "Собака", "Ит", "Pies", "Perro")}, {ID: "cat", Name: named("Кіт", "Cat", "Кошка", "Мысық", "Kot", "Gato")},
			{ID: "other", Name: named("Хтось інший", "Another", "Кто-то другой", "Басқа", "Inny", "Otra")}}},
		{ID: "allergy", Name: named("Алергія", "Allergy", "Аллергия", "Аллергия", "Alergia", "Alergia"), Asked: true},
		{ID: "note", Name: rules.Named("Note of the shop")},
	}
	s.Rules = []rules.Rule{
		{ID: "morning", Name: named("Ранкова кава", "Morning coffee", "Утренний кофе", "Таңғы кофе", "Poranna kawa", "Café de la mañana"), On: rules.TriggerSale,
			When: rules.Condition{Goods: rules.Goods{Categories: []string{"coffee"}}, Hours: rules.Hours{From: 480, To: 660}}, Gives: rules.Benefit{Kind: rules.GivesMultiply, Rate: 20000}},
		{ID: "gold-only", Name: rules.Named("Gold"), On: rules.TriggerSale, When: rules.Condition{Tiers: []string{"gold"}}, Gives: rules.Benefit{Kind: rules.GivesExtraRate, Rate: 100}},
		{ID: "over", Name: rules.Named("Over"), On: rules.TriggerSale, To: "2026-09-30", Gives: rules.Benefit{Kind: rules.GivesExtraRate, Rate: 100}},
		{ID: "born", Name: named("День народження", "Birthday", "День рождения", "Туған күн", "Urodziny", "Cumpleaños"), On: rules.TriggerBirthday,
			When: rules.Condition{Birthday: rules.Window{Set: true, Before: 3, After: 3}}, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 100}},
		{ID: "review", Name: named("Дякуємо за відгук", "Thanks for the review", "Спасибо за отзыв", "Пікіріңізге рақмет", "Dziękujemy za opinię", "Gracias por tu opinión"),
			On: rules.TriggerEvent, Event: "review", Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 20}},
	}
}

// regular is a guest of a program with everything on, who has something of everything.
func regular(t *testing.T, c *locales.Catalog, lang locales.Language) talk.View {
	t.Helper()
	v := guest(t, c, lang)
	everything(v.Program.Settings)
	v.Standing = rules.Standing{
		JoinedAt: testNow.AddDate(-1, 0, 0), Visits: 31, Spent: 376000, Earned: 900, Referrals: 1, FirstVisit: testNow.AddDate(-1, 0, 0), LastVisit: testNow.AddDate(0, 0, -2),
		Tier:     rules.TierState{ID: "silver", Since: testNow.AddDate(0, -6, 0), Until: time.Date(2027, 3, 31, 21, 0, 0, 0, time.UTC)},
		Birthday: rules.Birthday{Year: 1990, Month: 5, Day: 17},
		Stamps:   []rules.StampCount{{Card: "coffee", Count: 5, Done: 3}, {Card: "visits", Count: -2}, {Card: "breakfast", Count: 4}, {Card: "tea", Count: 5}},
		Coupons: []rules.Coupon{lunchCoupon(rules.CouponIssued).Coupon.Coupon, cakeCoupon().Coupon.Coupon,
			{ID: oldID, Kind: "lunch", State: rules.CouponIssued, Expires: testNow}},
	}
	return v
}

func lunchCoupon(state rules.CouponState) engine.CouponItem {
	return couponOf("lunch", engine.Coupon{Source: "rule:morning",
		Coupon: rules.Coupon{ID: couponID, Kind: "lunch", State: state, From: testNow, Expires: time.Date(2026, 10, 31, 22, 0, 0, 0, time.UTC)}})
}

// cakeCoupon was bought for points and is handed over by staff.
func cakeCoupon() engine.CouponItem {
	return couponOf("cake", engine.Coupon{Source: "reward:cake",
		Coupon: rules.Coupon{ID: cakeID, Kind: "cake", State: rules.CouponActivated, From: testNow, Expires: time.Date(2026, 10, 14, 21, 0, 0, 0, time.UTC)}})
}

func couponOf(kind string, c engine.Coupon) engine.CouponItem {
	var s rules.Settings
	everything(&s)
	c.ProgramID, c.MemberID = "p", "m"
	item := engine.CouponItem{Coupon: c}
	item.Kind, item.Known = s.CouponKind(kind)
	return item
}

func someHeld() held {
	free := couponOf("stamps:coffee", engine.Coupon{Source: "stamps:coffee", Coupon: rules.Coupon{ID: freeID, Kind: "stamps:coffee", State: rules.CouponActivated, From: testNow}})
	return held{Coupons: []engine.CouponItem{free, lunchCoupon(rules.CouponIssued), cakeCoupon()},
		Certificates: []engine.Certificate{{ID: "c1", Left: 30000, Amount: 50000, ExpiresAt: time.Date(2027, 8, 1, 21, 0, 0, 0, time.UTC)}, {ID: "c2", Left: 10000}}}
}

func someRewards() []engine.RewardOffer {
	var s rules.Settings
	everything(&s)
	return []engine.RewardOffer{{Reward: s.Rewards[0]},
		{Reward: s.Rewards[1], Why: &engine.Error{Kind: engine.KindInsufficient, ID: "not_enough_points", Args: map[string]any{
			"Points": money.Points(1500), "Available": money.Points(1340), "Limit": money.Points(1340), "Missing": money.Points(160)}}},
		{Reward: s.Rewards[2], Why: &engine.Error{Kind: engine.KindForbidden, ID: "reward_tier", Args: map[string]any{"Name": "Золото", "Tier": "gold"}}}}
}

func someFriends() []friend {
	of := func(name string, state engine.ReferralState) friend {
		return friend{Name: name, Referral: engine.Referral{FriendID: friendID, State: state, Inviter: 100, DueAt: time.Date(2026, 10, 9, 21, 0, 0, 0, time.UTC)}}
	}
	friends := []friend{of("Іван Петренко", engine.ReferralJoined), of("Аня", engine.ReferralPending), of("", engine.ReferralPaid),
		of("Ольга", engine.ReferralReversed), of("Пётр", engine.ReferralRefused)}
	for range 7 {
		friends = append(friends, of("Dana", engine.ReferralPaid))
	}
	return friends
}

func somePeople() []engine.SharePerson {
	return []engine.SharePerson{{Owner: true, Contact: engine.Contact{ID: "c", Name: "Олена <b>"}}, {Contact: engine.Contact{ID: contactID, Name: "Андрій Іваненко-Василенко"}}}
}

// richReceipt is a check on which everything happened at once.
func richReceipt() *engine.Posted {
	effect := func(rule string, state rules.State, r rules.Reason) rules.Effect {
		return rules.Effect{Rule: rule, State: state, Reason: r}
	}
	return &engine.Posted{Total: 40000, Discount: 8000, Certificate: 10000, Payable: 22000, Earned: 22, Expires: time.Date(2026, 12, 30, 22, 0, 0, 0, time.UTC),
		Tier: "gold", Coupons: []string{cakeID}, Stamps: []rules.StampChange{{Card: "coffee", Units: 1, Delta: 1}},
		Effects: []rules.Effect{
			effect("earn", rules.Applied, rules.Reason{ID: "earned", Args: map[string]int64{rules.ArgBase: 22000, rules.ArgRate: 500, rules.ArgPoints: 11}}),
			effect("certificate", rules.Applied, rules.Reason{ID: "certificate_paid", Args: map[string]int64{rules.ArgMoney: 10000, rules.ArgLimit: 20000}}),
			effect("stamps:coffee", rules.Applied, rules.Reason{ID: "stamps_free", Of: "stamps:coffee", Text: "Кава", Args: map[string]int64{rules.ArgCount: 1, rules.ArgMoney: 8000}}),
			effect("stamps:coffee", rules.Applied, rules.Reason{ID: "stamps_added", Of: "stamps:coffee", Text: "Кава", Args: map[string]int64{rules.ArgCount: 5, rules.ArgOf: 7}}),
			effect("tier:gold", rules.Suggested, rules.Reason{ID: "tier_reached", Of: "tier:gold", Text: "Золото"}),
		}}
}

// somebodyTold is what a guest told, something the shop has noted, and something it asks no more.
func somebodyTold() engine.Profile {
	return engine.Profile{Gender: engine.GenderFemale, City: "Біла Церква", Fields: map[string]string{"pet": "dog", "allergy": "<b>", "note": "secret", "horse": "yes"}}
}

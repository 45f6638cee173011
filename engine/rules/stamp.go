package rules

// stampTally is what a check does to a stamp card, so far.
type stampTally struct {
	units   int  // of this check
	have    int  // stamps before it
	byLines bool // the units are lines of the check, which can be made free
	free    int  // made free on this check
	rounds  int
}

// tally counts the stamps of a check for a card (stage 8): one a check, or one for every whole unit of the card's goods that may earn. Of a check
// without such goods the cashier may report units.
//
// With s stamps and u units on the check a card that gives a unit of its goods has ⌊(s+u) ÷ Every⌋ free units among them, the cheapest. A check
// without the goods themselves cannot make one free: there a round is the Every − 1 stamps that are collected, and its gift a coupon. A gift
// that the check has no room for (a unit dearer than MaxPrice, an exclusive discount) waits: its stamps stay. A negative number of
// stamps, after a return, is filled up first.
func (e *evaluation) tally(o *offer) bool {
	card, t := o.card, &o.stamps
	if card.Every < 1 || card.Free() && card.Every < 2 {
		return o.fail(Inapplicable, why("when_goods"))
	}
	if e.in.Member != nil {
		for _, s := range e.in.Member.Stamps {
			if s.Card == card.ID {
				t.have = min(max(s.Count, -manyStamps), manyStamps)
			}
		}
	}
	o.lines = e.goods.both(e.goods.choose(&card.Goods), e.goods.earning)
	var units int64
	if !e.goods.bare() {
		units = e.goods.count(o.lines)
	}
	t.byLines = units > 0
	switch {
	case card.PerCheck:
		units = 1
		if e.goods.earning.empty() {
			units = 0
		}
	case !t.byLines:
		for _, m := range e.in.Marks {
			if m.Card == card.ID {
				units += int64(m.Units)
			}
		}
	}
	t.units = int(min(units, maxMarked))
	if t.units == 0 {
		return o.fail(Inapplicable, why("when_goods"))
	}
	if missing := card.MinCheck - e.r.Total; missing > 0 {
		if e.r.Total >= missing {
			return o.fail(Suggested, why("spend_more", number(argMoney, missing), number(argLimit, card.MinCheck)))
		}
		return o.fail(Inapplicable, why("when_check", number(argMoney, card.MinCheck)))
	}
	return true
}

// manyStamps bounds counts, which come from outside.
const manyStamps = 100_000

// full is how many rounds of a length the stamps make, as many as one check may complete.
func (t *stampTally) full(round int) int { return min(max(0, t.have+t.units)/round, maxMarked) }

// giveStampedUnits makes the units free that the card's rounds have come to.
func (e *evaluation) giveStampedUnits(o *offer) error {
	t := &o.stamps
	due := t.full(o.card.Every)
	if !o.card.Free() || !t.byLines || due == 0 {
		return nil
	}
	units, wanted := e.pickUnits(e.goods.both(o.lines, e.goods.discountable), int64(due), o.card.MaxPrice, 0)
	if wanted == 0 {
		return nil
	}
	amount, cut, err := e.takeOff(wanted, -1)
	if err != nil {
		return err
	}
	if amount > 0 {
		e.settleUnits()
		t.free, t.rounds = int(units), int(units)
		o.amount = amount
		e.tellOffer(o, Applied, 0, amount, why("stamps_free", number(argCount, units), number(argMoney, wanted)))
	}
	if cut.id != "" {
		e.tellOffer(o, Skipped, 0, 0, cut)
	}
	return nil
}

// stampGifts adds the points of full rounds.
func (a *accrual) stampGifts() {
	for _, o := range a.e.offers {
		if !o.open || o.card == nil || o.card.Points <= 0 {
			continue
		}
		t := &o.stamps
		if t.rounds = t.full(o.card.Every); t.rounds == 0 {
			continue
		}
		c := ofOffer(o)
		c.lines, c.reason = a.e.goods.collecting, why("stamps_points", number(argCount, t.rounds))
		c.points = o.card.Points
		if c.points > maxPoints {
			c.points = maxPoints
		}
		for range t.rounds - 1 {
			c.points += min(o.card.Points, maxPoints)
		}
		a.components = append(a.components, c)
	}
}

// stamps settles the cards: the counts, and the gifts that are coupons.
func (e *evaluation) stamps() error {
	for _, o := range e.offers {
		if !o.open || o.card == nil {
			continue
		}
		card, t := o.card, &o.stamps
		round, goal, gift := card.Every, card.Every, ""
		switch {
		case card.Free():
			goal = card.Every - 1
			if !t.byLines {
				round, gift = goal, stampKind+card.ID
				t.rounds = t.full(round)
			}
		case card.Points <= 0:
			gift = card.Coupon
			t.rounds = min(t.full(round), e.openRoom(gift))
		}
		change := StampChange{Card: card.ID, Units: t.units, Free: t.free, Delta: t.units - t.rounds*round, Rounds: t.rounds}
		e.r.Stamps = append(e.r.Stamps, change)
		after := t.have + change.Delta
		e.tellOffer(o, Applied, 0, 0, why("stamps_added", number(argCount, after), number(argOf, goal)))
		if gift != "" && t.rounds > 0 {
			for range t.rounds {
				e.r.Grants = append(e.r.Grants, Grant{Coupon: gift, From: stampKind + card.ID})
			}
			e.tellOffer(o, Applied, 0, 0, why("stamps_coupon", number(argCount, t.rounds)))
		}
		switch {
		case card.Free() && after >= goal:
			e.tellOffer(o, Suggested, 0, 0, why("stamps_next_free"))
		case after == goal-1:
			e.tellOffer(o, Suggested, 0, 0, why("stamps_one_more"))
		}
	}
	return nil
}

// openRoom is how many more coupons of a kind the member may have open.
func (e *evaluation) openRoom(id string) int {
	kind := e.kindOf(id)
	if kind == nil {
		return 0
	}
	if kind.MaxOpen <= 0 {
		return manyStamps
	}
	room := kind.MaxOpen
	if m := e.in.Member; m != nil {
		for i := range m.Coupons {
			c := &m.Coupons[i]
			if c.Kind == id && (c.State == CouponIssued || c.State == CouponActivated) && (c.Expires.IsZero() || e.in.OccurredAt.Before(c.Expires)) {
				room--
			}
		}
	}
	for i := range e.r.Coupons {
		if e.r.Coupons[i].Kind == id {
			room++
		}
	}
	for i := range e.r.Grants {
		if e.r.Grants[i].Coupon == id {
			room--
		}
	}
	return max(0, room)
}

// grants issues the coupons that rules give (stage 9).
func (e *evaluation) grants() error {
	for _, o := range e.offers {
		if !o.open || o.gives == nil || o.gives.Kind != GivesCoupon {
			continue
		}
		kind := e.kindOf(o.gives.Coupon)
		switch {
		case kind == nil:
			o.fail(Inapplicable, why("coupon_unknown"))
		case e.openRoom(kind.ID) == 0:
			o.fail(Skipped, why("coupon_max_open", number(argCount, kind.MaxOpen)))
		default:
			o.given = true
			e.r.Grants = append(e.r.Grants, Grant{Coupon: kind.ID, From: e.words.join("rule:", o.rule.ID)})
			e.tell(Effect{Rule: o.rule.ID, State: Applied}, subject{"coupon:", kind.ID, kind.Name}, why("coupon_granted"))
		}
	}
	return nil
}

package guest

import (
	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/rules"
)

// Actions of the buttons of what a program may have beside points.
const (
	actTier       = "tier"
	actOffers     = "offers"  // arg: the number of the coupon the page begins with
	actCoupon     = "coupon"  // arg: the coupon
	actActivate   = "on"      // arg: the coupon
	actDeactivate = "off"     // arg: the coupon
	actRewards    = "rewards" // arg: the number of the reward the page begins with
	actReward     = "reward"  // arg: the reward
	actBuy        = "buy"     // arg: the reward; marked
	actCancel     = "cancel"  // arg: the coupon of a reward
	actCancel2    = "cancel2" // arg: the coupon of a reward; marked
	actEnter      = "enter"
	actBirthday   = "birthday"
	actBorn       = "born" // arg: the birthday; marked
	actAbout      = "about"
	actTell       = "tell" // arg: what is to be told
	actTold       = "told" // arg: the answer, "" takes it back; marked
	actFamily     = "family"
	actShare      = "share"
	actPart       = "part"  // arg: the contact
	actPart2      = "part2" // arg: the contact; marked
	actOwn        = "own"
	actGive       = "give"
	actGift       = "gift" // marked
	actKeep       = "keep"
)

// Steps of the session on the same.
const (
	stepReward   = "reward"   // whether to buy a reward; Data: its id
	stepCancel   = "cancel"   // whether to give one back; Data: its coupon
	stepEnter    = "enter"    // a code is typed
	stepBirthday = "birthday" // a birthday is typed
	stepBorn     = "born"     // whether it was read right; Data: the birthday
	stepAbout    = "about"    // something about the guest is asked; Data: what
	stepGiveTo   = "give_to"  // a card or phone is typed
	stepGiveHow  = "give_how" // a number of points is typed; Data: giving
	stepGive     = "give"     // whether to give them; Data: giving
	stepPart     = "part"     // whether to end a share in the card; Data: the contact
)

// with lets a command be used where the program's settings have something for it. A view without a program has nothing.
func with(has func(*rules.Settings) bool) func(talk.View) bool {
	return func(v talk.View) bool { return has(v.Program.Settings) }
}

// mechanics answers the buttons of what a program may have beside points. Each looks itself whether it is still there.
func mechanics(v talk.View, p talk.Pressed) talk.Output {
	switch p.Action {
	case actTier:
		return tier(v)
	case actOffers:
		return offers(v, p.Arg)
	case actCoupon:
		return coupon(v, p.Arg)
	case actActivate:
		return activate(v, p.Arg)
	case actDeactivate:
		return deactivate(v, p.Arg)
	case actRewards:
		return rewards(v, p.Arg)
	case actReward:
		return askReward(v, p.Arg)
	case actBuy:
		return buy(v, p)
	case actCancel:
		return askCancel(v, p.Arg)
	case actCancel2:
		return cancelReward(v, p)
	case actEnter:
		return askCode(v, "")
	case actBirthday:
		return birthday(v)
	case actBorn:
		return born(v, p)
	case actAbout:
		return about(v)
	case actTell:
		return askAbout(v, p.Arg, "")
	case actTold:
		return aboutPressed(v, p)
	case actFamily:
		return family(v)
	case actShare:
		return share(v)
	case actPart:
		return part(v, p.Arg)
	case actPart2:
		return parting(v, p)
	case actGive:
		return give(v, "")
	case actGift:
		return gift(v, p)
	case actKeep:
		return keep(v)
	}
	return v.Say(bots.Message{Ack: v.Ack()})
}

// formOf is what reads a typed text where a form waits for one, nil where none does.
func formOf(v talk.View) func(talk.View) talk.Output {
	for _, form := range []struct {
		step string
		read func(talk.View) talk.Output
	}{
		{stepEnter, enterCode}, {stepBirthday, readBirthday}, {stepBorn, readBirthday}, {stepAbout, aboutTyped},
		{stepGiveTo, findFriend}, {stepGiveHow, readGift}, {stepGive, readGift},
	} {
		if v.Session.At(Flow, form.step) {
			return form.read
		}
	}
	return nil
}

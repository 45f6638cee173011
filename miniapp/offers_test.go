package miniapp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kartka/engine"
	"kartka/engine/rules"
)

func TestOffers(t *testing.T) {
	r := newRig(t, nil)
	anna, m := r.guest(1, "Anna", "en")
	r.coupon(m, "ten")
	last := r.coupon(m, "cake")
	page := anna.get("offers").want(http.StatusOK, "Rewards", "Enter a code", "Coupons", "Ten off", "Cake", "Coffee card", "Happy hours", "Good through")
	if strings.Index(page.body, "Cake") > strings.Index(page.body, "Ten off") {
		t.Error("the coupon that ends first is not first")
	}
	ten := r.coupons(m, "ten")[0]
	anna.post("coupon/"+ten.ID+"/activate", page.form("coupon/"+ten.ID+"/activate")).want(http.StatusOK, "The coupon is active", "Keep for later")
	anna.post("coupon/"+ten.ID+"/activate", nil).want(http.StatusOK, "The coupon is active") // twice is once
	if got := r.coupons(m, "ten")[0].State; got != rules.CouponActivated {
		t.Errorf("the coupon is %s", got)
	}
	anna.post("coupon/"+ten.ID+"/keep", nil).want(http.StatusOK, "The coupon waits for another time", "Activate")

	// Of others, and of those that cannot be given back, nothing is told or done.
	bohdan, _ := r.guest(2, "Bohdan", "en")
	bohdan.get("offers").want(http.StatusOK).lacks("Cake")
	bohdan.get("coupon/"+last.ID).want(http.StatusNotFound, "This coupon is not on the card")
	bohdan.get("coupon/" + last.ID + "/cancel").want(http.StatusNotFound)
	for _, act := range []string{"activate", "keep", "cancel"} {
		bohdan.post("coupon/"+last.ID+"/"+act, url.Values{"key": {"abc"}}).want(http.StatusNotFound)
	}
	anna.post("coupon/"+ten.ID+"/cancel", url.Values{"key": {"abc"}}).want(http.StatusUnprocessableEntity)
}

func TestRewards(t *testing.T) {
	r := newRig(t, nil)
	anna, m := r.guest(1, "Anna", "en")
	r.give(m, 120)
	anna.get("rewards").want(http.StatusOK, "You have: 120 bonuses", "A mug", "100 bonuses", "Dinner", "380 bonuses to go").lacks("href=\"rewards/dinner")
	ask := anna.get("rewards/mug").want(http.StatusOK, "Exchange 100 bonuses for “A mug”? Left on the card: 20 bonuses.")
	form := ask.form("rewards/mug")
	bought := anna.post("rewards/mug", form).want(http.StatusOK, "It is yours: −100 bonuses", "Mug coupon", "Give back for bonuses")
	anna.post("rewards/mug", form).want(http.StatusOK, "It is yours: −100 bonuses") // the same form twice
	if b := r.balance(m); b.Available != 20 {
		t.Errorf("%d points are left after one purchase, want 20", b.Available)
	}
	anna.post("rewards/mug", url.Values{"key": {"another"}}).want(http.StatusUnprocessableEntity)
	anna.get("rewards/mug").want(http.StatusOK, "80 bonuses to go")
	anna.post("rewards/mug", nil).want(http.StatusUnprocessableEntity, "out of date")
	anna.get("rewards/moon").want(http.StatusNotFound)

	mug := r.coupons(m, "mug")[0]
	if at := bought.header.Get("HX-Push-Url"); at != base+"coupon/"+mug.ID {
		t.Errorf("the page is at %q", at)
	}
	back := anna.get("coupon/"+mug.ID+"/cancel").want(http.StatusOK, "Give “Mug coupon” back?")
	form = back.form("coupon/" + mug.ID + "/cancel")
	anna.post("coupon/"+mug.ID+"/cancel", form).want(http.StatusOK, "Back on your card: +100 bonuses", "You have: 120 bonuses")
	anna.post("coupon/"+mug.ID+"/cancel", form).want(http.StatusOK, "Back on your card: +100 bonuses", "You have: 120 bonuses")
	if b := r.balance(m); b.Available != 120 {
		t.Errorf("%d points after giving it back, want 120", b.Available)
	}
}

func TestEnterCode(t *testing.T) {
	r := newRig(t, nil)
	anna, m := r.guest(1, "Anna", "en")
	form := anna.get("enter").want(http.StatusOK, "Promo code or gift certificate number").form("enter")
	wrong := anna.post("enter", with(form, "code", "<nothing>")).want(http.StatusUnprocessableEntity)
	for _, part := range []string{`value="&lt;nothing&gt;"`, `aria-invalid="true"`, `id="typed-wrong"`, `id="page"`} {
		if !strings.Contains(wrong.body, part) {
			t.Errorf("no %s in the form that was wrong: %s", part, wrong.body)
		}
	}
	anna.post("enter", with(wrong.form("enter"), "code", "")).want(http.StatusUnprocessableEntity)
	form = anna.get("enter").form("enter")
	anna.post("enter", with(form, "code", "spring")).want(http.StatusOK, "The code works!", "On your card: +70 bonuses")
	anna.post("enter", form).want(http.StatusOK, "On your card: +70 bonuses")
	if b := r.balance(m); b.Available != 70 {
		t.Errorf("%d points after one code, want 70", b.Available)
	}
	anna.post("enter", with(anna.get("enter").form("enter"), "code", "spring")).want(http.StatusUnprocessableEntity)
	anna.post("enter", with(anna.get("enter").form("enter"), "code", "TENOFF")).want(http.StatusOK, "The code works!", "Ten off", "Activate")

	sold, err := r.engine.SellCertificate(t.Context(), engine.SellCertificateInput{Key: "c1", ProgramID: r.program.ID, Amount: 50000})
	if err != nil {
		t.Fatal(err)
	}
	anna.post("enter", with(anna.get("enter").form("enter"), "code", sold.Certificate.Code.Reveal())).want(http.StatusOK, "A gift certificate is on your card now: 500 ₴", "Gift certificates")
}

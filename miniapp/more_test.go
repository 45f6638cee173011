package miniapp_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
)

func TestMore(t *testing.T) {
	r := newRig(t, func(s *rules.Settings) { s.Links.Support = "t.me/kava" })
	anna, _ := r.guest(1, "Anna", "en")
	anna.get("more").want(http.StatusOK, "Invite", "Level", "About you", "Settings", "Privacy", "Contact: t.me/kava").lacks("For staff")
	bohdan, _ := r.guest(2, "Bohdan", "en")
	bohdan.staff(engine.RoleCashier)
	bohdan.get("more").want(http.StatusOK, "For staff", "Counter").lacks("What guests think")
	vira, _ := r.guest(3, "Vira", "en")
	vira.staff(engine.RoleManager)
	vira.get("more").want(http.StatusOK, "For staff", "Counter", "What guests think")
}

func TestInvite(t *testing.T) {
	r := newRig(t, nil)
	anna, m := r.guest(1, "Anna", "en")
	page := anna.get("invite").want(http.StatusOK, "You get: 100 bonuses", "Your friend gets: 50 bonuses", "the purchase is at least 150 ₴", "https://t.me/kava_bot?start=i_"+m.InviteTag)
	if !strings.Contains(page.body, `href="https://t.me/share/url?url=https%3A%2F%2Ft.me%2Fkava_bot%3Fstart%3Di_`+m.InviteTag) {
		t.Errorf("no way to share in: %s", page.body)
	}
	for i, name := range []string{"Bohdan Coval", "<i>"} {
		friend := r.somebody(int64(10+i), name, "en")
		if _, err := r.engine.Join(t.Context(), engine.JoinInput{ProgramID: r.program.ID, ContactID: friend.met().Contact.ID, Name: name, Language: "en", Channel: "telegram",
			InviteTag: m.InviteTag}); err != nil {
			t.Fatal(err)
		}
	}
	anna.get("invite").want(http.StatusOK, "Came by your invitation: 2", "Bohdan: has a card, no purchase yet", "<i>: has a card").lacks("Coval")
}

func TestProfile(t *testing.T) {
	r := newRig(t, nil)
	anna, m := r.guest(1, "Anna", "en")
	anna.get("profile").want(http.StatusOK, "About you", "No number yet", "It can be changed once later")
	anna.post("profile/name", url.Values{"name": {" An\u200bna \u202e  Ma\u0301\u0302\u0303ria "}}).want(http.StatusOK, "Saved: Anna Ma\u0301\u0302ria")
	anna.post("profile/name", url.Values{"name": {"\u202e \u200b\u3164"}}).want(http.StatusUnprocessableEntity, "Type a name in letters").checked()
	if got, err := r.store.Member(t.Context(), r.program.ID, m.ID); err != nil || got.Name != "Anna Ma\u0301\u0302ria" {
		t.Errorf("%q, %v", got.Name, err)
	}

	for _, wrong := range []url.Values{{"day": {"31"}, "month": {"2"}}, {"day": {"x"}, "month": {"2"}}, {"day": {"5"}}, {"day": {"5"}, "month": {"2"}, "year": {"2044"}}} {
		got := anna.post("profile/birthday", wrong).want(http.StatusUnprocessableEntity, "There is no such day").checked()
		if !strings.Contains(got.body, `value="`+wrong.Get("day")+`"`) {
			t.Errorf("what was typed is gone: %s", got.body)
		}
	}
	anna.post("profile/birthday", url.Values{"day": {"17"}, "month": {"5"}, "year": {"1990"}}).want(http.StatusOK, "Saved: 17 May 1990", "It can be changed one time")
	anna.post("profile/birthday", url.Values{"day": {"17"}, "month": {"5"}, "year": {"1990"}}).want(http.StatusOK, "It can be changed one time") // the same is no change
	anna.post("profile/birthday", url.Values{"day": {"18"}, "month": {"5"}}).want(http.StatusOK, "Saved: 18 May", "It was already changed once").lacks("It can be changed one time")
	anna.post("profile/birthday", url.Values{"day": {"19"}, "month": {"5"}}).want(http.StatusUnprocessableEntity)

	if _, err := r.engine.AttachPhone(t.Context(), r.program.ID, m.ID, "+380671234567", engine.ProofPlatform); err != nil {
		t.Fatal(err)
	}
	anna.get("profile").want(http.StatusOK, "+380 ••• •• 45 67", "A new number takes the place").lacks("671234567")
}

func TestSettings(t *testing.T) {
	r := newRig(t, nil)
	anna, m := r.guest(1, "Anna", "en")
	anna.get("settings").want(http.StatusOK, "News and offers Telegram", "Українська", "Delete card")
	news := func() bool {
		p, err := r.engine.PersonAt(t.Context(), r.program, r.bot, anna.address())
		if err != nil {
			t.Fatal(err)
		}
		return p.Consent[engine.PurposeMarketing]
	}
	for range 2 {
		anna.post("settings/news", url.Values{"channel": {"telegram"}, "on": {"yes"}}).want(http.StatusOK, "News and offers are on")
	}
	if !news() {
		t.Error("news are off")
	}
	anna.post("settings/news", url.Values{"channel": {"telegram"}, "on": {"no"}}).want(http.StatusOK, "News and offers are off")
	if all, err := r.store.Consents(t.Context(), r.program.ID, m.ID); news() || err != nil || len(all) != 4 {
		t.Errorf("news on: %v, %d acts of consent, want 4 (two of joining), %v", news(), len(all), err)
	}
	anna.post("settings/news", url.Values{"channel": {"viber"}, "on": {"yes"}}).want(http.StatusUnprocessableEntity)

	anna.post("language", url.Values{"language": {"uk"}, "to": {"settings"}}).want(http.StatusOK, "Налаштування", "Тепер говоримо українською")
	anna.get("more").want(http.StatusOK, "Запросити")
	anna.post("language", url.Values{"language": {"de"}}).want(http.StatusUnprocessableEntity)
}

func TestData(t *testing.T) {
	r := newRig(t, nil)
	anna, m := r.guest(1, "Anna", "en")
	r.give(m, 50)
	want := func(got answer) {
		t.Helper()
		var x engine.Export
		if err := json.Unmarshal([]byte(got.want(http.StatusOK).body), &x); err != nil || x.Name != "Anna" || len(x.Movements) != 1 {
			t.Errorf("%+v, %v", x, err)
		}
		if said := got.header.Get("Content-Disposition"); said != `attachment; filename="kava-2026-03-02.json"` {
			t.Error(said)
		}
	}
	want(anna.get("data"))
	want(anna.browse("data"))
	var link struct{ URL, File_name string }
	if err := json.Unmarshal([]byte(anna.post("data/link", nil).want(http.StatusOK).body), &link); err != nil || link.File_name != "kava-2026-03-02.json" {
		t.Fatal(link, err)
	}
	load := func(path string) answer { return r.do(request(http.MethodGet, path, nil)) }
	want(load(link.URL))
	load(link.URL + "x").want(http.StatusNotFound)
	load(base + "data/" + m.ID).want(http.StatusNotFound)
	load(strings.Replace(link.URL, m.ID, "another", 1)).want(http.StatusNotFound)
	r.pass(6 * time.Minute)
	load(link.URL).want(http.StatusNotFound)
}

func TestPrivacy(t *testing.T) {
	r := newRig(t, func(s *rules.Settings) { s.Links.Privacy = "https://kava.example/privacy" })
	anna, _ := r.guest(1, "Anna", "en")
	page := anna.get("privacy").want(http.StatusOK, "Your data at Кава", "What is kept:", "Full policy", "Delete card").checked()
	if !strings.Contains(page.body, `href="https://kava.example/privacy"`) {
		t.Errorf("no link to the shop's own policy: %s", page.body)
	}
	r.somebody(2, "Bohdan", "en").get("privacy").want(http.StatusOK, "Your data at Кава").lacks("Delete card")
}

func TestLeave(t *testing.T) {
	r := newRig(t, nil)
	anna, m := r.guest(1, "Anna", "en")
	r.give(m, 50)
	anna.get("delete").want(http.StatusOK, "Delete your card at Кава?", "Gone for good: 50 bonuses", "Yes, go on")
	sure := anna.get("delete/sure").want(http.StatusOK, "50 bonuses will be lost", "Delete for good")
	anna.post("delete", nil).want(http.StatusUnprocessableEntity)
	anna.post("delete", sure.form("delete")).want(http.StatusOK, "The card is deleted", "Кава no longer knows who you are").checked()
	if gone, err := r.store.Member(t.Context(), r.program.ID, m.ID); err != nil || gone.State != engine.MemberErased || gone.Name != "" {
		t.Errorf("%+v, %v", gone, err)
	}
	anna.post("delete", sure.form("delete")).want(http.StatusForbidden)
	anna.get("history").want(http.StatusOK).lacks("Anna", "by hand") // joining is offered
	anna.post("profile/name", url.Values{"name": {"Anna"}}).want(http.StatusForbidden, "You have no card here yet")
}

func TestPause(t *testing.T) {
	r := newRig(t, nil)
	anna, m := r.guest(1, "Anna", "en")
	r.give(m, 120)
	page := anna.get("settings").want(http.StatusOK, "Lost your phone?", "Pause the card")
	anna.post("settings/pause", with(page.form("settings/pause"), "on", "yes")).want(http.StatusOK, "The card is paused", "Resume the card").checked()
	anna.post("settings/pause", with(page.form("settings/pause"), "on", "yes")).want(http.StatusOK, "Resume the card")
	card := anna.get("").want(http.StatusOK, "You have paused your card", "120").lacks("Code to pay").checked()
	if strings.Contains(card.body, "data-key") {
		t.Error("a paused card shows its code")
	}
	anna.post("rewards/mug", anna.get("rewards/mug").form("rewards/mug")).want(http.StatusForbidden, "This card is paused")
	anna.post("settings/pause", card.form("settings/pause")).want(http.StatusOK, "The card works again", "Code to pay")

	m.State = engine.MemberBlocked
	if err := r.store.InTx(t.Context(), func(tx engine.Tx) error { return tx.UpdateMember(t.Context(), m) }); err != nil {
		t.Fatal(err)
	}
	anna.get("settings").want(http.StatusOK).lacks("Pause the card")
	anna.post("settings/pause", url.Values{"on": {"no"}}).want(http.StatusForbidden, "blocked")
}

// TestLeaveSharedCard parts somebody who holds a card on an invitation: the card stays with its owner.
func TestLeaveSharedCard(t *testing.T) {
	r := newRig(t, nil)
	anna, m := r.guest(1, "Anna", "en")
	r.give(m, 50)
	bohdan := r.somebody(2, "Bohdan", "en")
	invited, err := r.engine.ShareInvite(t.Context(), r.program.ID, m.ID, anna.met().Contact.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.engine.JoinShared(t.Context(), engine.ShareInput{ProgramID: r.program.ID, ContactID: bohdan.met().Contact.ID, Token: invited.Token, Language: "en", Text: "share-v1"}); err != nil {
		t.Fatal(err)
	}
	asked := bohdan.get("delete").want(http.StatusOK, "Leave the shared card of Кава?").lacks("Yes, go on")
	bohdan.get("delete/sure").want(http.StatusNotFound)
	bohdan.post("delete", url.Values{"sure": {"yes"}}).want(http.StatusForbidden)
	bohdan.post("family/leave", asked.form("family/leave")).want(http.StatusOK, "you no longer share the card", "Get my card").checked()
	anna.post("family/leave", nil).want(http.StatusForbidden)
	if b := r.balance(m); anna.cardOf() == nil || bohdan.cardOf() != nil || b.Total != 50 {
		t.Errorf("owner %v, the other %v, %d points", anna.cardOf(), bohdan.cardOf(), b.Total)
	}
}

// TestScannerSeesThatACardIsPaused tells the cashier that the guest did it, and sells again once the guest has resumed.
func TestScannerSeesThatACardIsPaused(t *testing.T) {
	d := newDesk(t, nil)
	seen := d.qr()
	for _, paused := range []bool{true, false} {
		if err := d.engine.PauseCard(t.Context(), d.program.ID, d.member.ID, paused); err != nil {
			t.Fatal(err)
		}
		if !paused {
			d.found(d.member.Card)
			return
		}
		d.cashier.post("scan/find", url.Values{"code": {seen}}).want(http.StatusUnprocessableEntity, "This card is paused")
	}
}

func TestGuestsTellAboutThemselves(t *testing.T) {
	r := newRig(t, nil)
	anna, m := r.guest(1, "Anna", "en")
	anna.get("profile").want(http.StatusOK, "Gender", "City", "Your pet", "Kitty", "Allergy").lacks("Note of the shop")
	kept := func(what string, want engine.Profile) {
		t.Helper()
		got, err := r.engine.Profile(t.Context(), r.program.ID, m.ID)
		if err != nil || got.Gender != want.Gender || got.City != want.City || !maps.Equal(got.Fields, want.Fields) {
			t.Errorf("%s: %+v, %v; want %+v", what, got, err, want)
		}
	}
	form := url.Values{"gender": {"female"}, "city": {" New\u200b  York "}, "field:pet": {"dog"}, "field:allergy": {"<nuts>"}, "field:note": {"VIP"}, "field:horse": {"yes"}}
	told := engine.Profile{Gender: "female", City: "New York", Fields: map[string]string{"pet": "dog", "allergy": "<nuts>"}}
	saved := anna.post("profile/about", form).want(http.StatusOK, "Saved").checked()
	for _, shown := range []string{`value="female" selected`, `value="New York"`, `<option value="dog" selected>Doggy`, `value="&lt;nuts&gt;"`} {
		if !strings.Contains(saved.body, shown) {
			t.Errorf("no %s in %s", shown, saved.body)
		}
	}
	kept("told", told)
	for what, wrong := range map[string]url.Values{"60 characters": {"city": {strings.Repeat("x", 61)}, "gender": {""}}, "100 characters": {"field:allergy": {strings.Repeat("y", 101)}, "city": {""}},
		"no such answer": {"field:pet": {"horse"}}, "one of the buttons": {"gender": {"both"}}} {
		got := anna.post("profile/about", wrong).want(http.StatusUnprocessableEntity, what).checked()
		if long := wrong.Get("city") + wrong.Get("field:allergy"); !strings.Contains(got.body, long) {
			t.Errorf("what was typed is gone: %s", got.body)
		}
	}
	kept("after mistakes", told)
	anna.post("profile/about", url.Values{"gender": {""}, "field:pet": {""}}).want(http.StatusOK, "Saved")
	kept("some taken back", engine.Profile{City: "New York", Fields: map[string]string{"allergy": "<nuts>"}})
	anna.get("data").want(http.StatusOK, "New York", "Allergy")
}

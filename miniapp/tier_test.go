package miniapp_test

import (
	"net/http"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
)

func TestTier(t *testing.T) {
	r := newRig(t, nil)
	anna, m := r.guest(1, "Anna", "en")
	anna.get("tier").want(http.StatusOK, "Your first level is ahead", "1,000 ₴ to “Silver”", "0 ₴ of 1,000 ₴ so far", "All levels", "Gold").lacks("yours")
	r.sell(m, engine.SaleInput{Sum: 120000})
	anna.get("tier").want(http.StatusOK, "Your level: Silver", "It is yours through", "3,800 ₴ to “Gold”", "1,200 ₴ of 5,000 ₴ so far", "Silver yours")
	r.pass(50 * 24 * time.Hour)
	r.sell(m, engine.SaleInput{Sum: 500000})
	anna.token = ""
	anna.get("tier").want(http.StatusOK, "Your level: Gold", "There is nothing above it", "Gold yours").lacks("so far")

	bare := newRig(t, func(s *rules.Settings) { s.Tiers = rules.Tiers{}; s.Rewards[2].Tiers = nil })
	vera, _ := bare.guest(1, "Vira", "en")
	vera.get("tier").want(http.StatusNotFound)
}

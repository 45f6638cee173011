package main

import (
	"fmt"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// demoVenues are the demo's shops: a café in Kyiv and a barbershop in Almaty.
func demoVenues() ([]venue, error) {
	kyiv, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		return nil, fmt.Errorf("load zone: %w", err)
	}
	almaty, err := time.LoadLocation("Asia/Almaty")
	if err != nil {
		return nil, fmt.Errorf("load zone: %w", err)
	}
	return []venue{cafe(kyiv), barbershop(almaty)}, nil
}

func cafe(zone *time.Location) venue {
	preset, _ := rules.LookupPreset("horeca")
	s := preset.Draft("Кава на розі", money.Currency{Code: "UAH", Decimals: 2}, zone, []string{"uk", "en", "pl", "es", "ru"}, 18000)
	s.Earn.MinCheck, s.Welcome = 5000, rules.Welcome{Points: 30, Days: 30}
	s.Redeem.MinPayable = 1
	return venue{
		slug: "kava", settings: &s,
		places: []string{"Кава на розі, Ярославів Вал 14", "Кава на розі, Поділ"}, baristas: []string{"Марко", "Софія", "Данило", "Яна"},
		members: 1500, days: 183, visits: [2]float64{5, 12}, items: [2]int{1, 3}, open: [2]int{5, 18}, prefix: "+380670",
		language: []string{"uk", "uk", "uk", "uk", "uk", "ru", "en"},
		names: []string{"Олена", "Андрій", "Ірина", "Богдан", "Оксана", "Тарас", "Наталія", "Максим", "Катерина", "Юрій", "Ганна", "Остап", "Вікторія",
			"Роман", "Людмила", "Назар", "Дарина", "Ігор", "Злата", "Павло", "Соломія", "Микола", "Маргарита", "Левко", "Аліна", "Дмитро"},
		menu: []goods{{"Еспресо", "кава", 5500}, {"Американо", "кава", 6000}, {"Капучино", "кава", 7500}, {"Капучино", "кава", 7500}, {"Лате", "кава", 8500},
			{"Флет вайт", "кава", 9000}, {"Раф", "кава", 9500}, {"Чай трав’яний", "чай", 6500}, {"Круасан", "випічка", 7000}, {"Круасан з мигдалем", "випічка", 9500},
			{"Чізкейк", "десерти", 12000}, {"Сирники", "сніданки", 16500}, {"Тост з авокадо", "сніданки", 18500}, {"Лимонад", "холодне", 8000}},
	}
}

func barbershop(zone *time.Location) venue {
	preset, _ := rules.LookupPreset("services")
	s := preset.Draft("Мұрт", money.Currency{Code: "KZT", Decimals: 2}, zone, []string{"kk", "ru", "en"}, 700000)
	s.Welcome = rules.Welcome{Points: 500, Days: 60}
	return venue{
		slug: "murt", settings: &s,
		places: []string{"Мұрт барбершопы, Абай даңғылы"}, baristas: []string{"Ерлан", "Айдос"},
		members: 500, days: 183, visits: [2]float64{24, 10}, items: [2]int{1, 2}, open: [2]int{5, 15}, prefix: "+770100",
		language: []string{"kk", "kk", "kk", "ru", "ru"},
		names: []string{"Арман", "Бекзат", "Дәурен", "Ержан", "Жандос", "Қайрат", "Мирас", "Нұрлан", "Олжас", "Санжар", "Тимур", "Шыңғыс", "Әлішер",
			"Ғалым", "Өркен", "Иван", "Сергей", "Данияр", "Рустам", "Асқар"},
		menu: []goods{{"Шаш қию", "шаш", 600000}, {"Сақал түзету", "сақал", 400000}, {"Шаш және сақал", "шаш", 900000}, {"Балаға шаш қию", "шаш", 450000}, {"Ұстарамен қырыну", "сақал", 500000}},
	}
}

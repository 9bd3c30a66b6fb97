/**
 * The 71 product categories: Portuguese name, English name, how often products
 * fall into it, a typical price in BRL, a typical weight in grams.
 */
export interface Category {
  readonly name: string
  readonly english: string
  readonly weight: number
  readonly price: number
  readonly grams: number
}

export const CATEGORIES: readonly Category[] = `
cama_mesa_banho|bed_bath_table|92|75|1500
esporte_lazer|sports_leisure|87|80|1100
moveis_decoracao|furniture_decor|81|65|2400
beleza_saude|health_beauty|74|85|700
utilidades_domesticas|housewares|71|70|1900
automotivo|auto|58|95|1300
informatica_acessorios|computers_accessories|50|90|600
brinquedos|toys|43|85|1200
relogios_presentes|watches_gifts|41|140|350
telefonia|telephony|35|40|220
bebes|baby|28|95|1900
perfumaria|perfumery|27|95|350
papelaria|stationery|26|60|800
fashion_bolsas_e_acessorios|fashion_bags_accessories|26|55|420
artigos_decorativos|decorative_items|24|70|1100
ferramentas_jardim|garden_tools|23|75|2100
pet_shop|pet_shop|22|75|1700
eletronicos|electronics|16|50|450
construcao_ferramentas_construcao|construction_tools|12|110|2000
eletrodomesticos|home_appliances|11|190|4200
malas_acessorios|luggage_accessories|11|110|3300
consoles_games|consoles_games|10|75|400
moveis_escritorio|office_furniture|9|140|9800
instrumentos_musicais|musical_instruments|9|180|2400
eletroportateis|small_appliances|8|160|3000
casa_construcao|home_construction|7|120|1900
livros_interesse_geral|books_general_interest|7|70|550
fashion_calcados|fashion_shoes|6|75|750
moveis_sala|furniture_living_room|6|120|6500
climatizacao|air_conditioning|5|110|3500
livros_tecnicos|books_technical|5|62|600
telefonia_fixa|fixed_telephony|5|90|700
casa_conforto|home_comfort|5|95|1600
market_place|market_place|4|60|900
alimentos_bebidas|food_drink|4|50|1100
fashion_masculino|fashion_male_clothing|4|75|450
moveis_cozinha|furniture_kitchen_dining|4|150|8200
sinalizacao_seguranca|signaling_security|4|95|1000
construcao_iluminacao|construction_lights|4|85|900
construcao_seguranca|construction_safety|4|80|1200
eletrodomesticos_grandes|home_appliances_large|4|320|9000
alimentos|food|3|50|900
bebidas|drinks|3|48|1800
livros_importados|books_imported|3|78|500
agro_industria_comercio|agro_industry_commerce|3|170|2900
fashion_roupa_intima|fashion_underwear_beach|3|50|250
fashion_praia|fashion_beach|3|55|240
cool_stuff|cool_stuff|29|120|1500
audio|audio|3|95|800
artes|arts|3|80|1000
pcs|computers|2|700|6100
industria_comercio_negocios|industry_business|3|110|1800
artigos_de_festas|party_supplies|2|45|700
artigos_de_natal|christmas_supplies|2|50|900
cine_foto|cinema_photo|2|95|500
dvds_blu_ray|dvds_blu_ray|2|65|200
musica|music|1|100|300
fraldas_higiene|diapers_hygiene|1|42|1100
flores|flowers|1|38|900
fashion_esporte|fashion_sport|1|70|400
fashion_infantil|fashion_children|1|60|350
fashion_feminino|fashion_female_clothing|2|55|400
moveis_quarto|furniture_bedroom|2|150|9500
moveis_colchao|furniture_mattress|1|230|9900
cuidados_pessoais|personal_care|3|70|600
tablets_impressao_imagem|tablets_printing_image|1|85|1200
la_cuisine|la_cuisine|1|130|2600
artesanato|handicraft|1|60|800
portateis_cozinha|portable_kitchen_appliances|1|220|3800
jardim_externo|garden_outdoor|2|140|5200
seguros_e_servicos|security_and_services|1|140|400
`
  .trim()
  .split('\n')
  .map((line) => {
    const [name, english, weight, price, grams] = line.split('|')
    return {
      name: String(name),
      english: String(english),
      weight: Number(weight),
      price: Number(price),
      grams: Number(grams),
    }
  })

/**
 * Where Brazilians of the demo live: states with their share of customers and of
 * sellers, their range of postal code prefixes, and cities with a weight and a
 * position. Shares follow the population and commerce of the country; cities are
 * its large ones.
 */
export interface City {
  readonly name: string
  readonly weight: number
  readonly latitude: number
  readonly longitude: number
}

export interface State {
  readonly code: string
  /** Share of customers, in thousandths. */
  readonly customers: number
  /** Share of sellers, in thousandths. */
  readonly sellers: number
  /** First and last five-digit postal code prefix. */
  readonly zip: readonly [number, number]
  readonly cities: readonly City[]
}

export const STATES: readonly State[] = [
  state(
    'SP',
    420,
    597,
    1000,
    19999,
    'sao paulo:37:-23.55:-46.63|campinas:3.5:-22.91:-47.06|guarulhos:2.9:-23.46:-46.53|sao bernardo do campo:2.3:-23.69:-46.56|santo andre:2:-23.66:-46.53|osasco:1.8:-23.53:-46.79|santos:1.7:-23.96:-46.33|sao jose dos campos:1.7:-23.18:-45.88|sorocaba:1.5:-23.5:-47.46|jundiai:1.4:-23.19:-46.88|ribeirao preto:1.3:-21.18:-47.81|piracicaba:.9:-22.73:-47.65|bauru:.8:-22.31:-49.06|sao jose do rio preto:.8:-20.82:-49.38|ibitinga:.5:-21.76:-48.83',
  ),
  state(
    'RJ',
    129,
    55,
    20000,
    28999,
    'rio de janeiro:54:-22.91:-43.17|niteroi:6.6:-22.88:-43.1|nova iguacu:3.4:-22.76:-43.45|sao goncalo:3.2:-22.83:-43.05|duque de caxias:2.8:-22.79:-43.31|petropolis:2:-22.51:-43.18|campos dos goytacazes:1.8:-21.75:-41.32|volta redonda:1.6:-22.52:-44.1',
  ),
  state(
    'MG',
    117,
    79,
    30000,
    39999,
    'belo horizonte:24:-19.92:-43.94|contagem:3.6:-19.93:-44.05|juiz de fora:3.5:-21.76:-43.35|uberlandia:3.3:-18.92:-48.28|montes claros:1.7:-16.74:-43.86|uberaba:1.6:-19.75:-47.93|betim:1.5:-19.97:-44.2|governador valadares:1.2:-18.85:-41.95',
  ),
  state(
    'RS',
    55,
    42,
    90000,
    99999,
    'porto alegre:26:-30.03:-51.23|caxias do sul:4.6:-29.17:-51.18|canoas:3.2:-29.92:-51.18|santa maria:3:-29.69:-53.81|pelotas:2.9:-31.77:-52.34|novo hamburgo:2.6:-29.68:-51.13|passo fundo:1.9:-28.26:-52.41',
  ),
  state(
    'PR',
    51,
    113,
    80000,
    87999,
    'curitiba:31:-25.43:-49.27|londrina:5.6:-23.31:-51.16|maringa:4.5:-23.42:-51.94|ponta grossa:3.2:-25.1:-50.16|cascavel:3:-24.96:-53.46|foz do iguacu:2.4:-25.52:-54.59|sao jose dos pinhais:2.3:-25.53:-49.21',
  ),
  state(
    'SC',
    37,
    61,
    88000,
    89999,
    'florianopolis:16:-27.6:-48.55|joinville:11:-26.3:-48.85|blumenau:7.5:-26.92:-49.07|sao jose:5:-27.61:-48.63|itajai:4.1:-26.91:-48.66|balneario camboriu:3.3:-26.99:-48.63|chapeco:3:-27.1:-52.62',
  ),
  state(
    'BA',
    34,
    6,
    40000,
    48999,
    'salvador:37:-12.97:-38.5|feira de santana:7:-12.27:-38.97|vitoria da conquista:3.4:-14.86:-40.84|lauro de freitas:3:-12.89:-38.32|ilheus:2:-14.79:-39.05|camacari:2:-12.7:-38.32',
  ),
  state(
    'DF',
    21,
    10,
    70000,
    72799,
    'brasilia:90:-15.79:-47.88|taguatinga:6:-15.83:-48.06|gama:3:-16.01:-48.06',
  ),
  state(
    'ES',
    20,
    7,
    29000,
    29999,
    'vila velha:18:-20.33:-40.29|vitoria:16:-20.32:-40.34|serra:14:-20.13:-40.31|cariacica:8:-20.26:-40.42|cachoeiro de itapemirim:5:-20.85:-41.11',
  ),
  state(
    'GO',
    20,
    13,
    72800,
    76799,
    'goiania:34:-16.69:-49.26|aparecida de goiania:7:-16.82:-49.25|anapolis:6:-16.33:-48.95|valparaiso de goias:4:-16.07:-47.98|rio verde:3:-17.79:-50.93',
  ),
  state(
    'PE',
    17,
    3,
    50000,
    56999,
    'recife:37:-8.05:-34.88|jaboatao dos guararapes:9:-8.11:-35.01|olinda:7:-8.01:-34.86|caruaru:6:-8.28:-35.98|petrolina:5:-9.39:-40.5',
  ),
  state(
    'CE',
    13,
    4,
    60000,
    63999,
    'fortaleza:49:-3.73:-38.53|juazeiro do norte:6:-7.21:-39.32|caucaia:4:-3.74:-38.66|sobral:4:-3.69:-40.35',
  ),
  state(
    'PA',
    10,
    1,
    66000,
    68899,
    'belem:40:-1.46:-48.5|ananindeua:10:-1.37:-48.37|santarem:6:-2.44:-54.71|maraba:5:-5.37:-49.12',
  ),
  state(
    'MT',
    9,
    2,
    78000,
    78899,
    'cuiaba:31:-15.6:-56.1|varzea grande:8:-15.65:-56.13|rondonopolis:7:-16.47:-54.64|sinop:6:-11.86:-55.51',
  ),
  state(
    'MA',
    7.5,
    1,
    65000,
    65999,
    'sao luis:48:-2.53:-44.3|imperatriz:11:-5.53:-47.48|timon:4:-5.09:-42.84',
  ),
  state(
    'MS',
    7,
    2,
    79000,
    79999,
    'campo grande:52:-20.44:-54.65|dourados:13:-22.22:-54.81|tres lagoas:7:-20.79:-51.7',
  ),
  state('PB', 5.4, 2, 58000, 58999, 'joao pessoa:52:-7.12:-34.86|campina grande:18:-7.23:-35.88'),
  state('PI', 5, 1, 64000, 64999, 'teresina:60:-5.09:-42.8|parnaiba:9:-2.9:-41.78'),
  state(
    'RN',
    4.9,
    1.5,
    59000,
    59999,
    'natal:55:-5.79:-35.21|mossoro:11:-5.19:-37.34|parnamirim:11:-5.92:-35.26',
  ),
  state('AL', 4.1, 0.5, 57000, 57999, 'maceio:64:-9.67:-35.74|arapiraca:10:-9.75:-36.66'),
  state('SE', 3.5, 0.7, 49000, 49999, 'aracaju:66:-10.91:-37.07|nossa senhora do socorro:7:-10.86:-37.13'),
  state(
    'TO',
    2.8,
    0.3,
    77000,
    77999,
    'palmas:48:-10.18:-48.33|araguaina:17:-7.19:-48.21|gurupi:8:-11.73:-49.07',
  ),
  state(
    'RO',
    2.5,
    0.7,
    76800,
    76999,
    'porto velho:42:-8.76:-63.9|ji-parana:13:-10.88:-61.95|vilhena:9:-12.74:-60.15',
  ),
  state('AM', 1.5, 0.4, 69000, 69299, 'manaus:92:-3.12:-60.02|itacoatiara:3:-3.14:-58.44'),
  state('AC', 0.8, 0.2, 69900, 69999, 'rio branco:84:-9.97:-67.81|cruzeiro do sul:9:-7.63:-72.67'),
  state('AP', 0.7, 0.1, 68900, 68999, 'macapa:80:.03:-51.07|santana:14:-.06:-51.17'),
  state('RR', 0.5, 0.1, 69300, 69399, 'boa vista:92:2.82:-60.67|caracarai:4:1.82:-61.13'),
]

function state(
  code: string,
  customers: number,
  sellers: number,
  from: number,
  to: number,
  cities: string,
): State {
  return {
    code,
    customers,
    sellers,
    zip: [from, to],
    cities: cities.split('|').map((text) => {
      const [name, weight, latitude, longitude] = text.split(':')
      return {
        name: String(name),
        weight: Number(weight),
        latitude: Number(latitude),
        longitude: Number(longitude),
      }
    }),
  }
}

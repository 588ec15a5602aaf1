/**
 * A vocabulary of common English words by part of speech, from which prompts are made without any download.
 * Ordinary, neutral, lower-case words without apostrophes or hyphens: large tokenizers hold nearly all of them, with
 * the space before, as one token. Plurals and third persons are formed by rule, so only regular words stand here.
 */
const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Countable nouns with a regular plural. */
export const nouns = words(`
account act action activity actor address adult advantage adviser age agency agent agreement airport album amount angle animal answer
apartment apple application approach area argument arm army arrangement arrival article artist aspect assessment asset assistant athlete
attack attempt attitude author average award baby back background bag ball band bank bar barrier base basket bath battery battle
beach bean bear bed bell belt bench bill bird block board boat body bond bone book border boss bottle bottom bowl box boy brain branch
brand bridge brother budget builder building bus business button buyer cabin cabinet cable cake calendar call camera camp campaign
candidate cap captain car card career carpet case cat category cause cell center chain chair chance change channel chapter
character charge chart check chemical chest choice church circle citizen city claim class client clock cloud club coach coast coat code
collar colleague collection college color column comment committee community company comparison competition complaint component
computer concept concern concert conclusion condition conference connection consequence consultant consumer contact container contest
context contract contrast contribution controller conversation cook copy corner cost council counter country county couple course court
cousin cover cow creation creature credit crew crop crowd cup curtain curve customer cycle danger data date daughter day deal dealer
debate debt decade decision deck decline defense definition degree delay delivery demand department deposit depth description desert
design designer desk detail developer device difference difficulty dinner direction director discount discovery discussion disease dish
display distance district division doctor document dog dollar door doubt dozen draft drawer drawing dream dress drink driver drop dust
duty ear earth economist edge edition editor effect effort egg election element elephant employee employer end engine engineer
entry environment episode error estate estimate evening event example exception exchange executive exercise exhibition expectation
expense experience experiment expert explanation export extent eye face fact factor factory failure fall family fan farm farmer fashion
father fault favor feature fee feeling fence festival field fight figure file film finding finger fire firm fish flag flight floor
flower folder food force forest form format fortune foundation frame friend front fruit fuel function fund game gap garage garden gate
generation gift girl glass goal government grade grain grandfather grant graph group growth guard guess guest guide guitar
hall hand handle harbor hat head heart height hill hint history hole holiday home hope horse hospital host hotel hour house
household ice idea image impact import impression improvement incident income increase index indication individual industry initiative
innovation input inspector instance institution instruction instrument insurance interest interview introduction investigation
investment investor island issue item jacket job joint joke journal journey judge judgment jury kettle key kid kind king kitchen knee
label lady lake lamp land landlord language launch law lawyer layer leader league leg lesson letter level license light limit line
link lion list listener loan location lock log loss lot lunch machine magazine manager manner manual map margin mark market marriage
master match material matter meal meaning measure measurement medal medicine meeting member memory menu merchant message metal meter
method mile milk mill mind miner minister minor minute mirror mission mistake mixture mode model moment monitor month mood moon morning
mother motion motor mountain mouth move movement movie museum musician name nation nature neck need needle neighbor nerve net network
news nose note notebook notice notion novel number nurse object objective obligation observation occasion ocean offer office officer
oil onion opening opera operation operator opinion opponent opportunity option orange order organization origin outcome outlet output
oven owner pack package page pain painter painting pair panel paper parent park part partner party passage passenger past path patient
pattern payment peak pen pension percentage performance period permission permit person perspective phase phone photo phrase piano
picture piece pilot pipe place plan plane planet plant plate platform player plot pocket poem poet point policy pool port portion
position post pot potential pound practice predecessor premise presence present president press pressure price principle printer
priority prize problem procedure process producer product profession professor profile profit program progress project promise
proof property proportion proposal prospect protein provision publication publisher pump purchase purpose quality quantity quarter queen
query question queue quote radio range rank rate ratio reaction reader reason receipt recipe recommendation record recovery reduction
reference reform region register regulation relation relationship release remark remedy rent repair reply report reporter
representative request requirement researcher reserve resident resolution resort resource response restaurant result return review
reward rice ride ring rise risk river road rock role roof room root rope round route row rule runner sale sample sauce scale scene
schedule scheme scholar school scientist scope score screen script sea search season seat second secret secretary section sector
segment selection seller senator sentence sequence series servant server session set setting shade shadow shape share sheet shelf shell
shelter ship shirt shock shoe shop shore shot shoulder show side sign signal silence singer sister site situation size skill skin sky
slice slide slope smile snow society soldier solution son song sort sound source space speaker species speech speed spoon sport spot
spring square stable staff stage stair stamp standard star start state station statue step stock stomach stone store storm
story stranger strategy stream street strength stretch string structure student studio study style subject success suggestion suit
summer supplier supply surface surgeon surprise survey switch symbol system table tail talent talk tank target task tax teacher team
technician technique telephone television temple tenant tent term test text theater theme theory thing thought thread ticket tiger tile
title tool topic total touch tour tourist tower town toy track trade tradition trail train trainer transfer transition translation
traveler tree trend trial trick trip truck trust truth turn type uncle union unit university user valley value van variable variation
variety vehicle vendor venture version video view village visit visitor voice volume vote wage wall warning watch wave way 
website wedding week weekend weight wheel wind window wing winner winter wire wish witness word worker workshop world writer yard year
`);

/** Nouns used without an article and without a plural. */
export const massNouns = words(`
advice air attention beauty bread capacity cash coffee competition confidence control cotton courage culture demand energy equipment
evidence experience faith finance freedom fun furniture gold grass growth health heat help history honey hope information inflation
interest justice knowledge labor land literature logic luck management marketing meat mercy money music nature news oil pain paper
patience peace permission poetry power pride production progress quality rain research rice safety salt sand science shopping silence
silver sleep snow software soil space steel sugar support tea technology time traffic training transport travel trouble trust
understanding water wealth weather wine wisdom wood wool work youth
`);

/** Verbs in the past tense that take an object. */
export const pastVerbs = words(`
accepted added admired adopted advised affected allowed announced answered appointed approached approved arranged asked assessed
attended avoided became began believed bought built called cancelled carried caught caused celebrated challenged changed charged checked
chose cleaned cleared closed collected compared completed confirmed connected considered controlled converted copied corrected counted
covered crossed cut defended defined delayed delivered demanded described designed destroyed developed directed discovered discussed
divided doubted dropped earned emptied enjoyed ensured entered established estimated examined expected explained explored exported
extended faced failed feared fed felt filled finished fixed followed forgot formed fought found gained gathered gave got guarded guided
handled heard held helped hid hired hit identified ignored imagined improved included increased influenced informed introduced invented
invited joined judged kept knew launched learned led left liked limited linked lost loved made managed marked matched measured mentioned
met missed moved named needed noticed observed obtained offered opened ordered organized overcame owned packed painted passed picked
placed planned played praised prepared presented preserved pressed prevented printed produced promised proposed protected proved
published pulled purchased pushed put raised ran reached read realized received recognized recommended recorded recovered reduced refused
regarded rejected released remembered removed repaired repeated replaced reported represented requested required respected returned
reviewed risked rode said saved saw searched selected sent separated served set settled shaped shared showed signed sold solved spent
spread started stated stopped stored studied suggested supplied supported surprised taught tested threw told took touched tracked traded
trained transferred treated tried trusted turned understood updated used valued visited wanted warned washed watched welcomed won wore
wrote
`);

/** Verbs in the plain form that take an object. */
export const baseVerbs = words(`
accept add adjust admire adopt affect allow announce answer approach approve arrange assess attend avoid bring build buy call cancel
carry catch cause challenge change charge check choose clean clear close collect combine compare complete confirm connect consider
control convert copy correct count cover create cross cut defend define delay deliver demand describe design develop direct discover
discuss divide drive drop earn employ encourage end enjoy ensure enter establish estimate examine exceed expect explain explore extend
face feed fill finish fix follow form gain gather get give grow guard guide handle hear help hide hire hold identify ignore imagine
improve include increase inform introduce invent invite join judge keep know launch lead learn leave lend lift limit link lose love make
manage mark match measure meet mention miss move name need notice observe obtain offer open order organize own pack paint pass pay pick
place plan play prepare present preserve press prevent print produce promise propose protect prove provide publish pull purchase push
put raise reach read realize receive recognize recommend record recover reduce refuse regard reject release remember remove repair
repeat replace report represent request require respect return reveal review risk run save search secure see select sell send separate
serve set settle shape share show sign solve spend split start state stop store study suggest supply support surprise take teach test
throw touch track trade train transfer treat try trust turn understand update use value visit want warn wash watch welcome win write
`);

export const adjectives = words(`
able absent academic acceptable accurate active actual additional adequate afraid aged agricultural alive alternative ancient angry
annual anxious apparent appropriate artificial asleep available average aware awful bad bare basic beautiful big bitter black blue
bold brave brief bright brilliant broad broken brown busy calm capable careful central certain cheap chemical chief civil classic clean
clear clever close cold comfortable commercial common competitive complete complex comprehensive concerned confident conscious
considerable consistent constant contemporary convenient cool corporate correct critical crucial cultural curious current daily damp
dangerous dark dear decent deep delicate dense dependent different difficult digital direct dirty distant distinct domestic double
dramatic dry due dull eager early eastern easy economic educational effective efficient elderly electric electronic elegant empty
enormous entire environmental equal essential eternal ethical even evident exact excellent exciting existing expensive experienced
external extra extreme fair faithful false familiar famous fancy fast fat favorite federal few final financial fine firm fit flat
flexible foreign formal former fortunate free frequent fresh friendly full fundamental funny future general generous gentle genuine
giant glad global golden good grand grateful gray great green gross guilty handsome happy hard harmless healthy heavy helpful hidden
high historic hollow honest hot huge human humble hungry ideal identical ill immediate immense important impossible impressive inclined
independent indirect industrial inevitable initial inner innocent intelligent intense interesting internal international invisible
joint keen key kind large last late legal legitimate liberal light likely limited linear liquid little lively local logical lonely long
loose loud lovely low lower loyal lucky main major mass massive mature maximum mean medical medium mental mere mild military minimum
minor missing mobile moderate modern modest moral multiple municipal mutual narrow national native natural neat necessary negative
nervous neutral new nice noble noisy normal northern notable novel numerous obvious occasional odd official old only open opposite
optimistic ordinary organic original other outer outside painful pale parallel particular passive past patient peaceful perfect
permanent personal physical plain pleasant pleased polite political poor popular positive possible powerful practical precious precise
prepared present previous primary prime principal private probable productive professional prominent proper proud public pure quick
quiet random rapid rare raw ready real realistic reasonable recent regional regular related relative relevant reliable reluctant remote
repeated required residential responsible rich right rigid rough round royal rural sacred sad safe satisfied scientific secondary secret
secure select senior sensible sensitive separate serious severe shallow sharp short sick significant silent silver similar simple
single slight slow small smart smooth social soft solar sole solid sophisticated sound southern spare special specific spiritual stable
standard static steady steep sticky stiff straight strange strategic strict strong subsequent substantial successful sudden
sufficient suitable super supreme sure surprising suspicious sweet swift tall technical temporary tender tense thick thin tight tiny
tired top total tough traditional tremendous tropical true typical ugly ultimate unable unexpected uniform unique universal unknown
unlikely unusual upper upset urban useful usual vague valid valuable various vast vertical violent visible visual vital warm weak
wealthy weekly western wet white whole wide wild willing wise wonderful wooden working worldwide worthy wrong yellow young
`);

export const adverbs = words(`
actively actually again almost already also always apparently carefully certainly clearly closely commonly completely constantly
correctly currently daily deeply definitely deliberately directly early easily effectively entirely equally especially essentially
eventually evidently exactly extremely fairly finally firmly formally formerly frequently freely fully generally gently gladly gradually
greatly happily hardly heavily highly hopefully immediately increasingly initially instantly largely lately later likely locally loudly
mainly merely mostly nearly neatly never nicely normally notably now obviously occasionally often once only openly originally partly
patiently perfectly perhaps personally politely possibly precisely presumably previously primarily privately probably properly publicly
purely quickly quietly quite rarely readily really reasonably recently regularly relatively remarkably repeatedly roughly sadly safely
seldom separately seriously sharply shortly silently simply slightly slowly smoothly softly somehow sometimes soon specifically steadily
still strictly strongly successfully suddenly surely swiftly temporarily thoroughly together truly twice typically ultimately usually
virtually well widely
`);

export const prepositions = words(`
about above across after against along among around at before behind below beneath beside between beyond by despite during for from in
inside into near of off on onto outside over past through throughout to toward under until upon with within without
`);

export const conjunctions = words('and but so because while although since when where whereas unless until');
export const modals = words('will can could should would must may might');
export const determiners = words('the this that every each another some any no our their its his her my your one');
export const pluralDeterminers = words(
  'the these those some many most all few several both two three four five six our their other',
);

/** Words that open a sentence; a sentence opener is the only word with a capital. */
export const openers = words(`
The This That Every Each Another Some Our Their Its His Her My Your One In On At By For From With After Before During While When Since
Although Because If Under Over Near Between Among Without Within Then Now Here There Today Later Soon Once Often Perhaps Still Also Yet
But And So Most Many All Few Several Both Two Three Four Five Six First Second Next Last New Old Good Great Long High Early Late Open
`);

/** The plural by the regular rules of spelling: city, cities; box, boxes; day, days. */
export function plural(noun: string): string {
  if (/(?:s|x|z|ch|sh)$/.test(noun)) return `${noun}es`;
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return `${noun}s`;
}

package school.lectern.auth.format;

import static school.lectern.auth.format.Carrier.AUTHORIZATION;
import static school.lectern.auth.format.Carrier.BASIC;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The places of a request that may carry a dialect's token, and how the one credential of a request is found. Immutable.
 *
 * <p>A request has exactly one credential. Every place that is present counts, whatever it contains; two are malformed, even if
 * they are identical. In the {@code Authorization} header, the scheme is case-insensitive, one or more spaces follow it, and
 * trailing spaces are ignored (RFC 9110, section 11.6.2). No other deviation is accepted.
 */
public final class Carriers {

    /** The headers with an address whose query may contain a token: that of a page, or that of the request itself. */
    private static final List<String> ADDRESSES = List.of(
            "Referer", "X-Original-URL", "X-Original-URI", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Envoy-Original-Path");

    private final List<Carrier> all;
    private final List<Carrier> schemes = new ArrayList<>();
    private final List<Carrier> basics = new ArrayList<>();
    private final List<Carrier> bare = new ArrayList<>();
    private final List<Carrier> headers = new ArrayList<>();
    private final List<Carrier> parameters = new ArrayList<>();
    private final List<String> foreignSchemes;
    private final List<Carrier> ofOtherDialects;

    // Computed once, because requests ask for them.
    private final List<String> headerNames;
    private final List<String> parameterNames;

    /** The places of other dialects' tokens that are none of this dialect's. */
    private final boolean othersCarryAuthorization;

    private final List<String> headersOfOthers;
    private final List<Carrier> parametersOfOthers;

    /**
     * Creates the carriers of a dialect.
     *
     * @param carriers the places, in their order; at least one
     * @param foreignSchemes the authentication schemes of the application's own credentials
     * @param ofOtherDialects the places that carry tokens of other dialects: a credential there counts, and is never a token of
     *     this dialect
     * @throws IllegalArgumentException if a place or a header is named twice, if a scheme is both a carrier and foreign, or if
     *     {@link Carrier#basicParts} is combined with another form of Basic authentication
     */
    public Carriers(List<Carrier> carriers, List<String> foreignSchemes, List<Carrier> ofOtherDialects) {
        this.all = List.copyOf(carriers);
        this.foreignSchemes = List.copyOf(foreignSchemes);
        this.ofOtherDialects = List.copyOf(ofOtherDialects);
        for (Carrier carrier : all) {
            List<Carrier> alike = listOf(carrier);
            if (alike.contains(carrier)) {
                throw new IllegalArgumentException(
                        "carriers must be named once, but '" + carrier + "' is named twice: remove one of them");
            }
            alike.add(carrier);
        }
        List<String> ownHeaders = new ArrayList<>(carryAuthorization() ? List.of(AUTHORIZATION) : List.of());
        headers.forEach(carrier -> carrier.headerNames().forEach(name -> {
            if (containsName(ownHeaders, name)) {
                throw new IllegalArgumentException(
                        "carriers must name a header once, but '" + name + "' is named twice: remove one of them");
            }
            ownHeaders.add(name);
        }));
        this.headerNames = List.copyOf(ownHeaders);
        this.parameterNames = parameters.stream().map(Carrier::name).toList();
        if (basics.size() > 1 && basics.contains(Carrier.basicParts())) {
            throw new IllegalArgumentException("carriers must not combine basicParts() with another form of Basic:"
                    + " the halves of its credential would have two meanings");
        }
        this.othersCarryAuthorization =
                !carryAuthorization() && ofOtherDialects.stream().anyMatch(Carrier::isAuthorization);
        this.headersOfOthers = ofOtherDialects.stream()
                .filter(carrier -> !carrier.isAuthorization())
                .flatMap(carrier -> carrier.headerNames().stream())
                .filter(name -> !containsName(headerNames, name))
                .toList();
        this.parametersOfOthers = ofOtherDialects.stream()
                .filter(carrier -> carrier.isQueryParameter() && !parameters.contains(carrier))
                .toList();
        for (String scheme : foreignSchemes) {
            Carrier.requireToken(scheme, "foreignSchemes");
            if (Stream.concat(all.stream(), ofOtherDialects.stream())
                    .anyMatch(carrier -> carrier.isScheme() && carrier.isNamed(scheme))) {
                throw new IllegalArgumentException(
                        "foreignSchemes must not name a scheme that carries tokens, was '" + scheme + "'");
            }
        }
    }

    /** {@return whether tokens are sent in the {@code Authorization} header} */
    private boolean carryAuthorization() {
        return !schemes.isEmpty() || !basics.isEmpty() || !bare.isEmpty();
    }

    private static boolean containsName(List<String> names, String name) {
        return names.stream().anyMatch(name::equalsIgnoreCase);
    }

    private List<Carrier> listOf(Carrier carrier) {
        return switch (carrier.kind()) {
            case SCHEME -> schemes;
            case BASIC_USER_NAME, BASIC_PASSWORD, BASIC_PARTS -> basics;
            case AUTHORIZATION -> bare;
            case HEADER, HEADER_PARTS -> headers;
            case QUERY -> parameters;
        };
    }

    /** {@return the places, in their order} */
    public List<Carrier> all() {
        return all;
    }

    /**
     * {@return the headers by which a client presents a token: in the first place that is not in the query, or empty if
     * there is none} They are one header, or the two of {@link Carrier#headerParts}.
     *
     * @param token the whole token, without a scheme
     * @param formats the formats of the tokens
     */
    public List<CredentialHeader> presenting(Secret token, TokenFormats formats) {
        return all.stream()
                .filter(carrier -> !carrier.isQueryParameter())
                .findFirst()
                .map(carrier -> presenting(carrier, token, formats))
                .orElse(List.of());
    }

    private static List<CredentialHeader> presenting(Carrier carrier, Secret token, TokenFormats formats) {
        String whole = token.expose();
        return switch (carrier.kind()) {
            case SCHEME -> scheme(carrier, whole);
            case BASIC_USER_NAME -> scheme(carrier, BasicCredential.encode(whole, ""));
            case BASIC_PASSWORD -> scheme(carrier, BasicCredential.encode("", whole));
            case BASIC_PARTS -> {
                BasicCredential parts = inParts(whole, formats);
                yield scheme(
                        carrier,
                        BasicCredential.encode(
                                parts.userName().expose(), parts.password().expose()));
            }
            case AUTHORIZATION, HEADER -> List.of(new CredentialHeader(carrier.name(), token));
            case HEADER_PARTS -> {
                BasicCredential parts = inParts(whole, formats);
                yield List.of(
                        new CredentialHeader(carrier.headerNames().get(0), parts.userName()),
                        new CredentialHeader(carrier.headerNames().get(1), parts.password()));
            }
            case QUERY -> List.of();
        };
    }

    /** {@return the public key, with the wrapper before it, and the secret of a token} */
    private static BasicCredential inParts(String token, TokenFormats formats) {
        if (!(formats.parse(Secret.of(token)) instanceof PresentedToken parsed) || parsed.publicKey() == null) {
            throw new IllegalArgumentException("token must be one of the dialect, but has another format");
        }
        int end = token.indexOf(parsed.publicKey()) + parsed.publicKey().length();
        return new BasicCredential(Secret.of(token.substring(0, end)), parsed.secret());
    }

    private static List<CredentialHeader> scheme(Carrier carrier, String credential) {
        return List.of(new CredentialHeader(AUTHORIZATION, Secret.of(carrier.name() + ' ' + credential)));
    }

    /** {@return the scheme of the first place in the {@code Authorization} header, or {@code ApiKey} if there is none} */
    public String scheme() {
        return all.stream()
                .filter(Carrier::isScheme)
                .map(Carrier::name)
                .findFirst()
                .orElse("ApiKey");
    }

    /** {@return the names of the headers that may carry a token} */
    public List<String> headerNames() {
        return headerNames;
    }

    /**
     * {@return the value of a header as code may see it that must not see tokens; null if it must not see the value at all} The
     * credentials of {@linkplain #foreignSchemes foreign schemes} are not tokens. An address in {@code Referer}, or in a
     * header in which a proxy repeats the address of the request, loses the parameters that may carry a token.
     *
     * @param name the name of the header
     * @param value one of its values
     */
    public @Nullable String withoutTokens(String name, String value) {
        if (containsName(ADDRESSES, name)) {
            int query = value.indexOf('?');
            String shown = query < 0 ? null : withoutTokens(value.substring(query + 1));
            return query < 0 ? value : value.substring(0, query) + (shown == null ? "" : '?' + shown);
        }
        boolean isSecret = containsName(headerNames, name)
                && !(name.equalsIgnoreCase(AUTHORIZATION) && isForeign(Secret.of(value)));
        return isSecret ? null : value;
    }

    /** {@return the names of the query parameters that may carry a token} */
    public List<String> parameterNames() {
        return parameterNames;
    }

    /**
     * {@return the query without the parameters that may carry a token, or null if nothing else is in it}
     *
     * @param query the query as sent, without the question mark; null if the request has none
     */
    public @Nullable String withoutTokens(@Nullable String query) {
        if (query == null || parameters.isEmpty()) {
            return query;
        }
        List<String> kept = Arrays.stream(query.split("&", -1))
                .filter(pair -> !isNamed(pair, parameters))
                .toList();
        return kept.isEmpty() ? null : String.join("&", kept);
    }

    /** {@return the authentication schemes of the application's own credentials} */
    public List<String> foreignSchemes() {
        return foreignSchemes;
    }

    /**
     * {@return the token that the request presents, or the reason why it presents no token of the formats}
     *
     * @param request the request
     * @param formats the formats of the tokens
     */
    public ParsedCredential parse(CredentialSource request, TokenFormats formats) {
        Secret presented = request.presented();
        if (presented != null) {
            return parsePlain(presented, formats);
        }
        List<Secret> values = readsAuthorization() ? request.credentials(AUTHORIZATION) : List.of();
        boolean hasForeign = areAnyForeign(values);
        boolean foreign = hasForeign && values.size() == 1;
        Secret authorization = !foreign && carryAuthorization() && values.size() == 1 ? values.get(0) : null;
        int present = carryAuthorization() && !foreign ? values.size() : 0;
        int elsewhere = othersCarryAuthorization && !foreign ? values.size() : 0;
        Secret plain = null;
        Secret second = null;
        boolean isInParts = false;
        // By index: this runs for every request, and an iterator would be garbage.
        for (int i = 0; i < headers.size(); i++) {
            List<String> names = headers.get(i).headerNames();
            values = request.credentials(names.get(0));
            List<Secret> seconds = names.size() == 1 ? List.of() : request.credentials(names.get(1));
            int found = Math.max(values.size(), seconds.size());
            present += found;
            if (found > 0) {
                plain = values.isEmpty() ? null : values.get(0);
                second = seconds.isEmpty() ? null : seconds.get(0);
                isInParts = names.size() > 1;
            }
        }
        for (int i = 0; i < headersOfOthers.size(); i++) {
            elsewhere += request.credentials(headersOfOthers.get(i)).size();
        }
        if (!parameters.isEmpty() || !parametersOfOthers.isEmpty()) {
            values = values(request.query(), parameters);
            present += values.size();
            plain = values.isEmpty() ? plain : values.get(0);
            elsewhere += values(request.query(), parametersOfOthers).size();
        }
        if (present == 0) {
            return CredentialProblem.NO_CREDENTIAL;
        }
        if (present + elsewhere > 1) {
            return CredentialProblem.CREDENTIAL;
        }
        if (authorization != null) {
            return parseAuthorization(authorization, formats);
        }
        Secret only = trimmed(plain);
        Secret other = trimmed(second);
        // A foreign credential beside a token of the library would leave open which of them was meant.
        if (hasForeign
                && (isInParts
                        ? recognizesParts(new BasicCredential(only, other), formats)
                        : formats.recognizes(only))) {
            return CredentialProblem.CREDENTIAL;
        }
        return isInParts ? parseParts(only, other, formats) : parsePlain(only, formats);
    }

    private boolean readsAuthorization() {
        return carryAuthorization() || othersCarryAuthorization || !foreignSchemes.isEmpty();
    }

    /**
     * {@return whether a credential in the place counts, so that a request with another one beside it is malformed}
     *
     * @param carrier a place, such as one of another dialect
     */
    public boolean counts(Carrier carrier) {
        if (carrier.isAuthorization()) {
            return (carryAuthorization() || othersCarryAuthorization)
                    && foreignSchemes.stream().noneMatch(carrier::isNamed);
        }
        return all.contains(carrier) || ofOtherDialects.contains(carrier);
    }

    /** {@return the places that carry tokens of other dialects} */
    public List<Carrier> ofOtherDialects() {
        return ofOtherDialects;
    }

    private boolean areAnyForeign(List<Secret> values) {
        // By index: this runs for every request, and an iterator would be garbage.
        for (int i = 0; i < values.size(); i++) {
            if (isForeign(values.get(i))) {
                return true;
            }
        }
        return false;
    }

    private boolean isForeign(Secret header) {
        String value = header.expose();
        for (int i = 0; i < foreignSchemes.size(); i++) {
            if (hasScheme(value, foreignSchemes.get(i))) {
                return true;
            }
        }
        return false;
    }

    private ParsedCredential parseAuthorization(Secret header, TokenFormats formats) {
        String value = header.expose();
        for (int i = 0; i < schemes.size(); i++) {
            String scheme = schemes.get(i).name();
            if (hasScheme(value, scheme)) {
                int start = start(value, scheme.length());
                int end = end(value, start);
                return start < end && value.charAt(start) == '\t'
                        ? CredentialProblem.CREDENTIAL
                        : parsePlain(Secret.part(value, start, end), formats);
            }
        }
        if (carriesBasic(value)) {
            int start = start(value, BASIC.length());
            return parseBasic(BasicCredential.parse(value.substring(start, end(value, start))), formats);
        }
        return bare.isEmpty() || value.stripTrailing().chars().anyMatch(Character::isWhitespace)
                ? CredentialProblem.OTHER_SCHEME
                : parsePlain(trimmed(header), formats);
    }

    private static ParsedCredential parsePlain(Secret credential, TokenFormats formats) {
        if (credential.length() == 0) {
            return CredentialProblem.CREDENTIAL;
        }
        return unlessSeveral(formats.parse(credential), credential);
    }

    private static ParsedCredential parseParts(Secret publicKey, Secret secret, TokenFormats formats) {
        return unlessSeveral(unlessSeveral(formats.parseParts(publicKey, secret), publicKey), secret);
    }

    /** {@return the result of parsing a text, unless the text has several credentials: no token contains a comma} */
    private static ParsedCredential unlessSeveral(ParsedCredential parsed, Secret text) {
        return parsed instanceof CredentialProblem && text.contains(',') ? CredentialProblem.CREDENTIAL : parsed;
    }

    private ParsedCredential parseBasic(@Nullable BasicCredential basic, TokenFormats formats) {
        if (basic == null) {
            return CredentialProblem.CREDENTIAL;
        }
        if (basics.contains(Carrier.basicParts())) {
            return parseParts(basic.userName(), basic.password(), formats);
        }
        boolean userName = formats.recognizes(basic.userName());
        boolean password = formats.recognizes(basic.password());
        if (userName && password) {
            return CredentialProblem.CREDENTIAL;
        }
        boolean takesPassword = basics.get(0).equals(Carrier.basicPassword());
        if (basics.size() > 1 && (userName || password)) {
            takesPassword = password;
        }
        return parsePlain(takesPassword ? basic.password() : basic.userName(), formats);
    }

    /**
     * {@return whether the request contains a credential that one of the formats {@linkplain TokenFormats#recognizes
     * recognizes}: in a place that may carry a token or, whatever its scheme, in the {@code Authorization} header} The
     * number of other credentials does not matter. A Basic credential or a query that cannot be decoded is recognized if it
     * contains the start of a token anywhere. A request with such a credential must never be passed on to another
     * authenticator.
     *
     * @param request the request
     * @param formats the formats of the tokens
     */
    public boolean recognizes(CredentialSource request, TokenFormats formats) {
        Secret alone = request.presented();
        if (alone != null) {
            return formats.recognizes(alone);
        }
        return Stream.concat(request.credentials(AUTHORIZATION).stream(), ownHeaders(request))
                        .anyMatch(value -> recognizesIn(value.expose(), formats))
                || pairs(request).anyMatch(pair -> recognizesParts(pair, formats))
                || (!parameters.isEmpty() && recognizesInQuery(request.query(), formats));
    }

    /**
     * {@return all tokens of the request, in the places where {@link #recognizes} looks for one} A request has exactly one
     * credential, so this is for reports of tokens that were exposed, and never for a decision.
     *
     * @param request the request
     * @param formats the formats of the tokens
     */
    public List<PresentedToken> tokens(CredentialSource request, TokenFormats formats) {
        Secret alone = request.presented();
        if (alone != null) {
            return formats.parse(alone) instanceof PresentedToken token ? List.of(token) : List.of();
        }
        List<Secret> values = Stream.concat(request.credentials(AUTHORIZATION).stream(), ownHeaders(request))
                .toList();
        List<BasicCredential> inParts = Stream.concat(
                        values.stream().map(value -> basicIn(value.expose())), pairs(request))
                .filter(Objects::nonNull)
                .toList();
        Stream<Secret> whole = Stream.concat(values.stream(), values(request.query(), parameters).stream())
                .flatMap(value -> plainWords(value.expose()));
        Stream<Secret> halves = inParts.stream().flatMap(pair -> Stream.of(pair.userName(), pair.password()));
        return Stream.concat(
                        Stream.concat(whole, halves).map(formats::parse),
                        inParts.stream().map(pair -> formats.parseParts(pair.userName(), pair.password())))
                .filter(PresentedToken.class::isInstance)
                .map(PresentedToken.class::cast)
                .toList();
    }

    /** {@return the values of the headers other than {@code Authorization} that may carry a token} */
    private Stream<Secret> ownHeaders(CredentialSource request) {
        return headers.stream()
                .flatMap(header -> header.headerNames().stream())
                .flatMap(name -> request.credentials(name).stream());
    }

    /** {@return each public key and secret that the request has in two headers} */
    private Stream<BasicCredential> pairs(CredentialSource request) {
        return headers.stream()
                .filter(Carrier::isInParts)
                .map(Carrier::headerNames)
                .flatMap(names -> request.credentials(names.get(0)).stream()
                        .flatMap(publicKey -> request.credentials(names.get(1)).stream()
                                .map(secret -> new BasicCredential(trimmed(publicKey), trimmed(secret)))));
    }

    /** {@return whether a token may be meant by two texts: one of them starts like a token, or both together are one} */
    private static boolean recognizesParts(BasicCredential parts, TokenFormats formats) {
        return formats.recognizes(parts.userName())
                || formats.recognizes(parts.password())
                || formats.parseParts(parts.userName(), parts.password()) instanceof PresentedToken;
    }

    private boolean recognizesIn(String value, TokenFormats formats) {
        if (plainWords(value).anyMatch(formats::recognizes)) {
            return true;
        }
        BasicCredential basic = basicIn(value);
        return basic == null
                ? carriesBasic(value) && formats.mayBeIn(BasicCredential.decodeLeniently(encodedIn(value)))
                : recognizesParts(basic, formats);
    }

    /** {@return the Basic credential in a header, if tokens may be in one; null if it is malformed} */
    private @Nullable BasicCredential basicIn(String value) {
        return carriesBasic(value) ? BasicCredential.parse(encodedIn(value)) : null;
    }

    private boolean carriesBasic(String value) {
        return !basics.isEmpty() && isBasic(value);
    }

    private static String encodedIn(String basic) {
        return basic.substring(BASIC.length()).strip();
    }

    private boolean recognizesInQuery(@Nullable Secret query, TokenFormats formats) {
        return query != null
                && Arrays.stream(query.expose().split("&", -1)).anyMatch(pair -> recognizesInPair(pair, formats));
    }

    private boolean recognizesInPair(String pair, TokenFormats formats) {
        int equals = pair.indexOf('=');
        String name = UrlEncoding.decode(equals < 0 ? pair : pair.substring(0, equals));
        if (name != null && !isNamed(pair, parameters)) {
            return false;
        }
        String value = name == null || equals < 0 ? null : UrlEncoding.decode(pair.substring(equals + 1));
        return value == null
                ? formats.mayBeIn(pair) || formats.mayBeIn(UrlEncoding.decodeLeniently(pair))
                : plainWords(value).anyMatch(formats::recognizes);
    }

    /**
     * {@return whether the request contains a credential that one of the formats recognizes, in a place that a page of another
     * site cannot make a browser fill: not in a query, which any link has, and not in Basic authentication, which browsers
     * repeat} Such a request cannot be forged across sites.
     *
     * @param request the request
     * @param formats the formats of the tokens
     */
    public boolean recognizesUnforgeable(CredentialSource request, TokenFormats formats) {
        List<Secret> authorization =
                schemes.isEmpty() && bare.isEmpty() ? List.of() : request.credentials(AUTHORIZATION);
        return Stream.concat(authorization.stream().filter(value -> !isBasic(value.expose())), ownHeaders(request))
                        .flatMap(value -> plainWords(value.expose()))
                        .anyMatch(formats::recognizes)
                || pairs(request).anyMatch(pair -> recognizesParts(pair, formats));
    }

    private static boolean isBasic(String value) {
        return hasScheme(value, BASIC);
    }

    private static Stream<Secret> plainWords(String text) {
        return Arrays.stream(text.split("[,\\s]+")).map(Secret::of);
    }

    /**
     * {@return the decoded values of the query's parameters that may carry a token} A value that is not percent-encoded UTF-8
     * becomes empty, and so malformed. A name that is not is none of these names.
     */
    private static List<Secret> values(@Nullable Secret query, List<Carrier> names) {
        if (query == null || names.isEmpty()) {
            return List.of();
        }
        List<Secret> values = new ArrayList<>();
        for (String pair : query.expose().split("&", -1)) {
            if (isNamed(pair, names)) {
                int equals = pair.indexOf('=');
                String value = equals < 0 ? "" : UrlEncoding.decode(pair.substring(equals + 1));
                values.add(Secret.of(value == null ? "" : value));
            }
        }
        return values;
    }

    private static boolean isNamed(String pair, List<Carrier> names) {
        int equals = pair.indexOf('=');
        String name = UrlEncoding.decode(equals < 0 ? pair : pair.substring(0, equals));
        return name != null && names.stream().anyMatch(parameter -> parameter.isNamed(name));
    }

    /**
     * {@return whether the first word of the value is the scheme, in any case} Case-insensitive comparison is safe here: the
     * letters that equal an ASCII letter when case is ignored, such as the Kelvin sign, are excluded. The exact spelling, which
     * nearly all clients use, is compared first because that is faster.
     */
    private static boolean hasScheme(String value, String scheme) {
        int length = scheme.length();
        return (value.startsWith(scheme) || (value.regionMatches(true, 0, scheme, 0, length) && isAscii(value, length)))
                && (value.length() == length || value.charAt(length) == ' ' || value.charAt(length) == '\t');
    }

    private static boolean isAscii(String value, int length) {
        for (int i = 0; i < length; i++) {
            if (value.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    /** {@return the index of the first character after the scheme and the spaces that follow it} */
    private static int start(String value, int schemeEnd) {
        int start = schemeEnd;
        while (start < value.length() && value.charAt(start) == ' ') {
            start++;
        }
        return start;
    }

    /** {@return the index at which the trailing spaces start} */
    private static int end(String value, int start) {
        int end = value.length();
        while (end > start && value.charAt(end - 1) == ' ') {
            end--;
        }
        return end;
    }

    private static Secret trimmed(@Nullable Secret header) {
        if (header == null) {
            return Secret.of("");
        }
        String value = header.expose();
        int start = start(value, 0);
        return Secret.part(value, start, end(value, start));
    }
}

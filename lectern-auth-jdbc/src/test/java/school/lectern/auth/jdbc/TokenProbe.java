package school.lectern.auth.jdbc;

import school.lectern.auth.address.IpAddress;
import school.lectern.auth.decision.Requirement;

/** A question to a node about a token; each is answered with yes until some change of the token makes the answer no. */
enum TokenProbe {
    MAY_READ("read:learners", "10.0.0.1"),
    MAY_WRITE("write:learners", "10.0.0.1"),
    MAY_READ_FROM_AFAR("read:learners", "203.0.113.9");

    final Requirement requirement;
    final IpAddress address;

    TokenProbe(String scope, String address) {
        this.requirement = Requirement.scope(scope);
        this.address = IpAddress.parse(address).orElseThrow();
    }
}
